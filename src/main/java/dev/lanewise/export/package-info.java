/**
 * Models for other programs, and models of other programs: a {@code Format} for each kind of file, found by its ending in
 * {@code Formats}.
 *
 * <ul>
 * <li>{@code .onnx}: ONNX, written and read.
 * <li>{@code .safetensors} and {@code .npz}: named arrays, written and read, by the names and shapes of this library or of PyTorch.
 * <li>{@code .h}, C, and {@code .md}, a page about the model, are written alone.
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
