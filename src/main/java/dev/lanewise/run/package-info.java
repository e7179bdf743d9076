/**
 * Training sessions: recipes, runs and what they leave, and trained models.
 */
package dev.lanewise.run;
