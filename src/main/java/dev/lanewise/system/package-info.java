/**
 * The computer, the JVM and the build that a figure depends on.
 */
@NullMarked
package dev.lanewise.system;

import org.jspecify.annotations.NullMarked;
