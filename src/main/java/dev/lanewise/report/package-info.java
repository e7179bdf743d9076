/** What a run leaves behind for people and tools. */
package dev.lanewise.report;
