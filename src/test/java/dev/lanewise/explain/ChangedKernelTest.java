package dev.lanewise.explain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeElement;
import java.lang.classfile.CodeTransform;
import java.lang.classfile.Label;
import java.lang.classfile.MethodModel;
import java.lang.constant.ClassDesc;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What is explained comes from the kernels: with a kernel changed, other text comes out. */
class ChangedKernelTest {
    private static final Map<String, String> UNCHANGED = new HashMap<>();
    private static final Map<String, String> UNCHANGED_HERE = Map.of("Xor", Xor.page().in(Page.Format.PLAIN),
            "SoftmaxTopic", SoftmaxTopic.page().in(Page.Format.PLAIN), "BiasTopic",
            BiasTopic.page().in(Page.Format.PLAIN), "LossTopic", LossTopic.page().in(Page.Format.PLAIN));

    static List<Arguments> kernelsOfTopics() {
        List<Arguments> all = new ArrayList<>();
        Stream.of("Gemm.sgemm", "Bias.add", "Bias.gradient", "Elementwise.sigmoid", "Elementwise.sigmoidBackward",
                "CrossEntropy.ofSoftmax", "Updates.sgd").forEach(kernel -> all.add(Arguments.of("Xor", kernel)));
        Stream.of("Gemm.sgemm", "Softmax.softmax", "Elementwise.exp", "Elementwise.sigmoidBackward",
                "CrossEntropy.ofSoftmax").forEach(kernel -> all.add(Arguments.of("SoftmaxTopic", kernel)));
        Stream.of("Gemm.sgemm", "Bias.add", "Bias.gradient")
                .forEach(kernel -> all.add(Arguments.of("BiasTopic", kernel)));
        Stream.of("Softmax.softmax", "Softmax.logSoftmax", "CrossEntropy.ofSoftmax",
                "SquaredError.ofSoftmax", "SquaredError.ofSigmoid", "Elementwise.log")
                .forEach(kernel -> all.add(Arguments.of("LossTopic", kernel)));
        return all;
    }

    @ParameterizedTest
    @MethodSource("kernelsOfTopics")
    void aChangedKernelChangesTheText(String topic, String kernel) {
        String unchanged = UNCHANGED.computeIfAbsent(topic, _ -> text(topic, "none"));
        assertEquals(UNCHANGED_HERE.get(topic), unchanged, "loaded once more, the same text");
        assertNotEquals(unchanged, text(topic, kernel));
    }

    private static String text(String topic, String kernel) {
        try {
            ClassLoader loader = new Changing(kernel);
            Object page = loader.loadClass("dev.lanewise.explain." + topic).getMethod("page").invoke(null);
            Class<?> formats = loader.loadClass(Page.Format.class.getName());
            return (String) page.getClass().getMethod("in", formats).invoke(page, formats.getEnumConstants()[0]);
        } catch (ReflectiveOperationException e) {
            throw new AssertionError(e);
        }
    }

    /** The project once more, with a kernel that takes the first element of its input for 0.25 more than it is. */
    private static final class Changing extends ClassLoader {
        private final String owner;
        private final String method;

        Changing(String kernel) {
            super(ChangedKernelTest.class.getClassLoader());
            owner = "dev.lanewise.kernel." + kernel.split("\\.")[0];
            method = kernel.contains(".") ? kernel.split("\\.")[1] : "";
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            if (!name.startsWith("dev.lanewise.")) {
                return super.loadClass(name, resolve);
            }
            synchronized (getClassLoadingLock(name)) {
                Class<?> loaded = findLoadedClass(name);
                if (loaded == null) {
                    byte[] bytes = bytes(name);
                    bytes = name.equals(owner) ? changed(bytes) : bytes;
                    loaded = defineClass(name, bytes, 0, bytes.length);
                }
                return loaded;
            }
        }

        private byte[] bytes(String name) throws ClassNotFoundException {
            try (InputStream in = getParent().getResourceAsStream(name.replace('.', '/') + ".class")) {
                if (in == null) {
                    throw new ClassNotFoundException(name);
                }
                return in.readAllBytes();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private byte[] changed(byte[] bytes) {
            ClassFile files = ClassFile.of();
            return files.transformClass(files.parse(bytes),
                    ClassTransform.transformingMethodBodies(this::isKernel,
                            new Prologue(method.equals("sgemm") ? 6 : 0)));
        }

        /** The public method of that name, without a team or tuning before the rest: its first array is the input. */
        private boolean isKernel(MethodModel model) {
            if (!model.methodName().equalsString(method) || !Modifier.isPublic(model.flags().flagsMask())) {
                return false;
            }
            ClassDesc first = model.methodTypeSymbol().parameterType(0);
            return first.isArray() || first.isPrimitive();
        }
    }

    /** array[0] += 0.25 before everything else, the array being the argument in that slot, if it has an element. */
    private static final class Prologue implements CodeTransform {
        private final int slot;
        private boolean done;

        Prologue(int slot) {
            this.slot = slot;
        }

        @Override
        public void atStart(CodeBuilder code) {
            done = false;
        }

        @Override
        public void accept(CodeBuilder code, CodeElement element) {
            if (!done) {
                done = true;

                Label empty = code.newLabel();
                code.aload(slot).arraylength().ifeq(empty);
                code.aload(slot).iconst_0().aload(slot).iconst_0().faload().ldc(0.25f).fadd().fastore();
                code.labelBinding(empty);
            }
            code.with(element);
        }
    }
}
