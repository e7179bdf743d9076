/**
 * Labelled images: sets by name and places of one's own, read into a {@link dev.lanewise.data.DatasetPair}; batches and variations
 * of them; photographs made like them.
 *
 * <ul>
 * <li>Sets: {@code Dataset}, {@code DatasetPair}, {@code Batches}, {@code Augmentation}, {@code BuiltInDigits},
 * {@code SampleSheet}.
 * <li>Where they come from: {@code Sources}, with a {@code Source} for each way to store them; {@code IdxReader},
 * {@code CsvReader} and {@code NpzArchive} for single files; {@code NamedSet}, {@code SetFiles} and {@code SetDownload} for
 * published sets.
 * <li>Image files: {@code ImageReader}, {@code PngWriter}.
 * <li>What is done to a photograph, so that it looks like the images of a set: {@code Preparer}.
 * </ul>
 *
 * {@snippet class="examples.OwnData" region="data"}
 *
 * @since 0.2.0
 */
@NullMarked
package dev.lanewise.data;

import org.jspecify.annotations.NullMarked;
