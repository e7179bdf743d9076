/**
 * The files of a run: its directory, safetensors, files that are replaced as a whole.
 */
package dev.lanewise.run.files;
