/**
 * The files of a run: its directory, safetensors, files that are replaced as a whole.
 */
@NullMarked
package dev.lanewise.run.files;

import org.jspecify.annotations.NullMarked;
