/**
 * Training: the loop, optimizers, schedules, evaluation, and the files a run leaves.
 */
package dev.lanewise.train;
