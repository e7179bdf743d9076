package dev.lanewise.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.data.Mnist;
import dev.lanewise.kernel.Elementwise;
import dev.lanewise.kernel.Workers;
import dev.lanewise.kernel.gemm.ScalarGemm;
import dev.lanewise.model.Network;
import dev.lanewise.run.Recipe;
import dev.lanewise.kernel.conv.Geometry;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KernelsTest {
    private static final Measurement BRIEF = new Measurement(0, 2, 1e-6);

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void everyKernelAgreesWithItsReferenceAndHasItsRoof(int threads) {
        try (Workers team = new Workers(threads)) {
            List<Kernel> kernels = Kernels.of(List.of("gemm", "conv", "elementwise", "softmax", "update"),
                    Kernels.shapes("NN37x29x50,NT64x64x64,TN33x10x17,TT5x6x7,NN130x120x110"), List.of(team), true);
            for (Kernel kernel : kernels) {
                assertEquals(Optional.empty(), kernel.check().get(), kernel.name());
                if (kernel.roof() != null) {
                    assertEquals(1, kernels.stream().filter(roof -> roof.name().equals(kernel.roof())
                            && roof.group().equals("peak") && roof.threads() == threads).count(), kernel.name());
                }
            }
            assertEquals(kernels.size(), kernels.stream().map(Kernel::name).distinct().count());
        }
    }

    @Test
    void aBrokenFunctionIsRefusedAndNotTimed() {
        AtomicInteger calls = new AtomicInteger();
        Kernels.Function broken = (x, xOffset, y, yOffset, n) -> {
            calls.incrementAndGet();
            Elementwise.exp(x, xOffset, y, yOffset, n);
            y[yOffset + n - 1] *= 1.00001f; // the last element alone, by a hundred ULP
        };
        try (Workers team = new Workers(1)) {
            Kernel kernel = Kernels.elementwise(team, Kernels.Operands.of(100), "exp", 100, 1, broken, StrictMath::exp);
            List<Measurement.Sample> samples = BRIEF.of(List.of(kernel), (_, _) -> {
            });
            assertEquals(1, calls.get(), "the check's call and no other");
            assertEquals(0, samples.getFirst().nanos().size());
            assertTrue(samples.getFirst().refused().contains("element 99"), samples.getFirst().refused());
        }
    }

    @Test
    void aBrokenProductIsRefused() {
        Kernels.Shape shape = Kernels.Shape.of("7x9x11");
        Kernel right = Kernels.gemm(1, shape, (a, b, c) -> multiply(shape, a, b, c));
        Kernel wrong = Kernels.gemm(1, shape, (a, b, c) -> {
            multiply(shape, a, b, c);
            c[6 * 9 + 8] += 1e-4f;
        });
        Kernel unwritten = Kernels.gemm(1, shape, (_, _, _) -> {
        });
        assertEquals(Optional.empty(), right.check().get());
        assertTrue(wrong.check().get().orElse("").contains("element 62"), wrong.check().get()::toString);
        assertTrue(unwritten.check().get().orElse("").contains("NaN"), unwritten.check().get()::toString);
    }

    @Test
    void aKernelThatTurnsWrongWhileItIsTimedIsRefused() {
        AtomicInteger calls = new AtomicInteger();
        Kernel kernel = new Kernel("gemm", "turncoat", 1, 1, 1, "fma", calls::incrementAndGet,
                () -> calls.get() == 0 ? Optional.empty() : Optional.of("element 0 is 1"));
        Measurement.Sample sample = BRIEF.of(List.of(kernel), (_, _) -> {
        }).getFirst();
        assertEquals("element 0 is 1, once compiled", sample.refused());
        assertEquals(0, sample.nanos().size());
    }

    /** All layers that are timed, and one with a stride; three groups, of which a team of two has two and one. */
    @Test
    void everyConvolutionAgreesWithItsReference() {
        List<Geometry> layers = Stream.concat(ImageKernels.LAYERS.stream(),
                Stream.of(new Geometry(9, 8, 3, 3, 2, 2, 1, 5))).toList();
        ImageKernels.Operands operands = ImageKernels.Operands.of(layers, 48);
        try (Workers team = new Workers(2)) {
            for (Geometry layer : layers) {
                for (Kernel kernel : ImageKernels.convolution(team, layer, 48, operands)) {
                    assertTrue(kernel.name().startsWith("48 x %dx%dx%d conv ".formatted(layer.height(), layer.width(),
                            layer.channels())), kernel.name());
                    assertEquals(Optional.empty(), kernel.check().get(), kernel.name());
                }
            }
        }
    }

    /** A sixteenth of a weight or of one of the elements that a gradient sums is seen. */
    @Test
    void aConvolutionThatIsAlmostRightIsRefused() {
        Geometry layer = ImageKernels.QUICK_LAYERS.getFirst();
        ImageKernels.Operands operands = ImageKernels.Operands.of(List.of(layer), 16);
        try (Workers team = new Workers(1)) {
            List<Kernel> kernels = ImageKernels.convolution(team, layer, 16, operands);
            for (int i = 0; i < operands.w.length; i++) {
                operands.w[i] += 0.0625f; // which the packed filters do not follow
            }
            assertTrue(kernels.get(0).check().get().orElse("").startsWith("element 0 is "));
            assertTrue(kernels.get(1).check().get().orElse("").startsWith("element 0 is "));
            assertEquals(Optional.empty(), kernels.get(2).check().get());
            ConvolutionReference reference = new ConvolutionReference(layer, 1, operands.x, operands.w,
                    operands.bias, operands.dy);
            assertEquals(reference.weightGradient(0, 0), operands.result[0]);
            operands.dy[0] += 0.0625f;
            assertNotEquals(reference.weightGradient(0, 0), operands.result[0]);
        }
    }

    /** Operands of 1 make every output the number of its multiplications. */
    @Test
    void multiplicationsWithThePaddingDoNotCount() {
        for (Geometry layer : List.of(ImageKernels.LAYERS.get(1), ImageKernels.LAYERS.getLast(),
                new Geometry(9, 8, 3, 3, 2, 2, 2, 5))) {
            float[] ones = new float[Math.max(layer.inputAt(1, 0, 0), layer.taps() * layer.filters())];
            Arrays.fill(ones, 1f);
            ConvolutionReference reference = new ConvolutionReference(layer, 1, ones, ones,
                    new float[layer.filters()], ones);
            double sum = 0;
            for (int output = 0; output < reference.outputs(); output++) {
                sum += layer.filters() * reference.forward(output, 0);
            }
            assertEquals(sum, layer.multiplyAdds(), layer::toString);
        }
    }

    private static void multiply(Kernels.Shape s, float[] a, float[] b, float[] c) {
        ScalarGemm.sgemm(false, false, s.m(), s.n(), s.k(), 1f, a, 0, s.k(), b, 0, s.n(), 0f, c, 0, s.n());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "x", "1x2", "0x1x1", "1x2x3x4", "NX1x2x3", "N1x2x3", "1x2x-3", "1x2x100000", "1.5x2x3",
            "TNx1x2x3", "nn1x2x3", "99999x99999x1"})
    void whatIsNoShapeIsRefused(String text) {
        String message = assertThrows(IllegalArgumentException.class, () -> Kernels.Shape.of(text)).getMessage();
        assertTrue(message.contains("'" + text + "'"), message);
    }

    @Test
    void aShapeReadsAsItIsWritten() {
        assertEquals(new Kernels.Shape(true, false, 784, 128, 32), Kernels.Shape.of("TN784x128x32"));
        assertEquals(new Kernels.Shape(false, true, 1, 2, 3), Kernels.Shape.of("NT1x2x3"));
        assertEquals("NN4x5x6", Kernels.Shape.of("4x5x6").toString());
    }

    /** The figures that shared knowledge of the task gives: 0.025, 0.105, 0.42 and 1.64 s at 234 GFLOP/s. */
    @Test
    void theDenseLimitCountsEveryProductButTheInputsGradient() {
        Network narrow = Recipe.mlp(30).network(Mnist.SHAPE, 10);
        assertEquals(60_000.0 * (4 * 784 * 30 + 6 * 30 * 10), TrainBench.flops(narrow, 60_000));
        Network deep = Recipe.mlp(800, 800).network(Mnist.SHAPE, 10);
        assertEquals(1.64, TrainBench.flops(deep, 60_000) / 234e9, 0.01);
    }

    /** A weight of a convolution counts once for each place that it is multiplied at. */
    @Test
    void theFlopsOfAConvolutionalNetworkAreThoseOfItsLayers() {
        Network lenet = TrainBench.Configuration.all("lenet:32").getFirst().recipe(1).network(Mnist.SHAPE, 10);
        assertEquals(4.0 * 576 * 25 * 6 + 6.0 * (64 * 150 * 16 + 256 * 120 + 120 * 84 + 84 * 10),
                TrainBench.flops(lenet, 1));
    }
}
