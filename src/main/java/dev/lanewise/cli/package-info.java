/** The command line: one class a command. */
@NullMarked
package dev.lanewise.cli;

import org.jspecify.annotations.NullMarked;
