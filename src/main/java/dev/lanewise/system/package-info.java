/**
 * The computer, the JVM and the build that a figure depends on.
 */
package dev.lanewise.system;
