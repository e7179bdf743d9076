/**
 * Labelled images: sets by name and places of one's own, read into a {@link dev.lanewise.data.DatasetPair}; batches and variations
 * of them; photographs made like them.
 *
 * <ul>
 * <li>Sets: {@code Dataset}, {@code DatasetPair}, {@code Strata}, {@code Batches}, {@code Augmentation}, {@code BuiltInDigits},
 * {@code SampleSheet}.
 * <li>Where they come from: {@code Sources} with a {@code Source} for each way to store them, {@code Idx...}, {@code Csv...},
 * {@code Npz...} and {@code Folder...}; {@code NamedSet}, {@code SetFiles} and {@code SetDownload} for published ones.
 * <li>Image files: {@code ImageReader}, {@code ImageFormat}, {@code Orientation}, {@code Scaling}.
 * <li>What is done to a photograph: {@code Preparer}; {@code Ink} and {@code RuledLines} lift it from its paper,
 * {@code Components} tell digits apart, {@code Centring} places one.
 * </ul>
 *
 * {@snippet class="examples.OwnData" region="data"}
 *
 * @since 0.2.0
 */
@NullMarked
package dev.lanewise.data;

import org.jspecify.annotations.NullMarked;
