/**
 * Models for other programs, and models of other programs: a {@code Format} for each kind of file, found by its ending in
 * {@code Formats}.
 *
 * <ul>
 * <li>ONNX: {@code OnnxFormat}, {@code OnnxWriter}; {@code OnnxFile}, what a file holds, and {@code OnnxReader}, which makes a
 * network of it, with {@code OnnxConstants} beside it.
 * <li>Named arrays: {@code SafetensorsFormat}, {@code NpzFormat}; {@code NamedArrays} gives them other programs' names and takes
 * weights back by their shapes.
 * <li>{@code HeaderFormat}, C, and {@code CardFormat}, a page about the model.
 * </ul>
 *
 * {@snippet :
 * Model model = Model.read(Path.of("digits.safetensors"));
 * Formats.write(Subject.of(model), Options.USUAL, Path.of("model.onnx"));
 * Model same = Formats.read(Path.of("model.onnx"));
 * }
 *
 * @since 0.2.0
 */
@NullMarked
package dev.lanewise.export;

import org.jspecify.annotations.NullMarked;
