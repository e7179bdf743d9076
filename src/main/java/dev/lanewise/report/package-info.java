/** What a run leaves behind for people and tools. */
@NullMarked
package dev.lanewise.report;

import org.jspecify.annotations.NullMarked;
