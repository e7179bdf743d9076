/**
 * Many trainings on the same data: which of them there are, what becomes of each, and which recipe is the best.
 */
package dev.lanewise.sweep;
