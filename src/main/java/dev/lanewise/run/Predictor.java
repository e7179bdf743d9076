package dev.lanewise.run;

import dev.lanewise.kernel.Tuning;
import dev.lanewise.kernel.Workers;
import dev.lanewise.kernel.core.Check;
import dev.lanewise.kernel.core.Choice;
import dev.lanewise.kernel.core.Pixels;
import dev.lanewise.model.Input;
import dev.lanewise.model.Mode;
import dev.lanewise.model.Network;
import dev.lanewise.model.Pipeline;
import dev.lanewise.model.Stage;
import dev.lanewise.train.Evaluator;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * An {@link Ensemble} at work, on images that a caller hands over: the buffers of its networks, for one caller at a time. Answers
 * have the bits that an {@linkplain Ensemble#evaluate evaluation} has, for any number of images at a time and of threads.
 *
 * <p>A few images go through kernels that are made for one; many go through those for batches, on a team of threads, which is
 * started when there is work for it.
 */
public final class Predictor implements AutoCloseable {
    /** Multiply-adds with which a team takes less time than the caller alone, who would have to wake it. */
    private static final double SHARED = 4e6;
    /**
     * Images of a thread that are faster one by one than as a batch: of dense networks; of those whose batches are interleaved, where
     * a group of 16 takes as long as so many, lenet's and one with filters for all lanes.
     */
    private static final int FEW = 3;
    private static final int FEW_OF_GROUP = 5;
    private static final int FEW_OF_WIDE_GROUP = 12;
    private static final double WIDE = 1e6; // multiply-adds

    private static final int REHEARSED = 16; // images, a group
    /** Images that a thread predicts one by one while the kernels for batches are compiled; then it calls these itself. */
    private static final int SOON = 500;

    private final Ensemble ensemble;
    private final int threads;
    private final Tuning tuning;
    private final List<Member> members;
    private final double multiplyAdds; // of the member that has most
    private final int classes;
    private @Nullable Workers workers; // null until there is work for a team
    private float[] memberAnswers = {}; // of several members
    private double[] sums = {};

    /** A predictor on the caller's thread alone, for some thousand images at most. */
    public Predictor(Ensemble ensemble) {
        this(ensemble, 1, Tuning.SHORT);
    }

    /**
     * A predictor on a team of threads.
     *
     * @param tuning for how many images in all
     */
    public Predictor(Ensemble ensemble, int threads, Tuning tuning) {
        if (threads < 1) {
            throw new IllegalArgumentException("threads: at least 1, not %d".formatted(threads));
        }
        this.ensemble = ensemble;
        this.threads = threads;
        this.tuning = tuning;
        classes = ensemble.classes().size();
        members = ensemble.members().stream().map(Member::new).toList();
        multiplyAdds = members.stream().mapToDouble(each -> each.network.multiplyAdds()).max().orElseThrow();
    }

    /** A network at work. */
    private final class Member {
        private final Model model;
        private final Network network;
        private final int few;
        private final int slot; // samples of a worker at a time
        private int asked; // images in batches
        private @Nullable Together together; // null until there is a single image
        private @Nullable Pipeline one; // null until asked for: room for a sample, or a group, of each worker
        private @Nullable Pipeline many; // null until asked for: room for a slot of each worker

        Member(Model model) {
            this.model = model;
            network = model.network().forEvaluation();
            slot = Pipeline.rowsAtATime(network);
            few = !network.isForImages() ? FEW : network.multiplyAdds() < WIDE ? FEW_OF_GROUP : FEW_OF_WIDE_GROUP;
        }

        private Together together() {
            if (together == null) {
                together = new Together(this);
            }
            return together;
        }

        private Pipeline one() {
            if (one == null) {
                Mode mode = Mode.oneByOne(Tuning.LONG);
                int capacity = Math.multiplyExact(threads, Pipeline.group(network, mode));
                one = new Pipeline(network, Input.of(network.input(), capacity), mode);
                one.parametersChanged();
            }
            return one;
        }

        private Pipeline many() {
            if (many == null) {
                many = new Pipeline(network, Input.ofPixels(network.input(), Math.multiplyExact(threads, slot)),
                        Mode.prediction(tuning));
                many.parametersChanged();
            }
            return many;
        }

        void predict(float[] pixels, int first, int rows, float[] p) {
            Pipeline pipeline = one();
            int size = network.input().size();
            for (int i = 0; i < rows; i++) {
                System.arraycopy(pixels, (first + i) * size, pipeline.input().values(), 0, size);
                pipeline.forward(0, 1);
                pipeline.predict(0, 1, p, i * classes);
            }
        }

        /** What a worker has to do; the pipelines that it may need are made. */
        void predict(boolean oneByOne, boolean mayWait, int worker, byte[] pixels, int from, int to, float[] p,
                int pOffset) {
            for (int i = from, end; i < to; i = end) {
                int at = pOffset + (i - from) * classes;
                if (oneByOne || mayWait && !model.takesBatches()) {
                    end = i + 1;
                    predictOne(worker, pixels, i, p, at);
                } else {
                    end = Math.min(to, i + slot);
                    predictMany(worker, pixels, i, end, p, at);
                }
            }
        }

        private void predictOne(int worker, byte[] pixels, int image, float[] p, int pOffset) {
            Pipeline pipeline = one();
            int size = network.input().size();
            int row = worker * pipeline.group();
            Pixels.toFloatsOfOne(pixels, image * size, pipeline.input().values(), row * size, size);
            pipeline.forward(row, row + 1);
            pipeline.predict(row, row + 1, p, pOffset);
        }

        private void predictMany(int worker, byte[] pixels, int from, int to, float[] p, int pOffset) {
            Pipeline pipeline = many();
            int row = worker * slot;
            int end = row + to - from;
            pipeline.input().put(pixels, from * network.input().size(), row, end);
            pipeline.forward(row, end);
            pipeline.predict(row, end, p, pOffset);
        }
    }

    /** What has a model's images predicted both ways, and tells whether it was faster as a batch. */
    static BooleanSupplier rehearsal(Model model) {
        Member member = new Predictor(new Ensemble(List.of(model))).members.getFirst();
        byte[] pixels = new byte[REHEARSED * model.network().input().size()];
        for (int i = 0; i < pixels.length; i += 5) { // inked, as many as of a digit
            pixels[i] = (byte) i;
        }
        float[] p = new float[REHEARSED * model.classes().size()];
        return () -> {
            long begin = System.nanoTime();
            member.predict(true, true, 0, pixels, 0, REHEARSED, p, 0);
            long middle = System.nanoTime();
            member.predictMany(0, pixels, 0, REHEARSED, p, 0);
            return System.nanoTime() - middle < middle - begin;
        };
    }

    /** A number of images that are best handed over at a time, where there are as many. */
    public int capacity() {
        return 4 * threads * Evaluator.ROWS;
    }

    /**
     * What the ensemble says of images that all members take as they are.
     *
     * @param pixels unsigned bytes of images of {@link Ensemble#input}'s shape, one after the other
     * @param first number of the first image
     * @param rows any number of images
     * @return mean probabilities, [rows, classes]
     */
    public float[] predict(byte[] pixels, int first, int rows) {
        return predict(Collections.nCopies(members.size(), pixels), first, rows);
    }

    /**
     * What the ensemble says of images that each member has {@linkplain Model#preparer prepared in its own way}.
     *
     * @param prepared for each member, in order, the pixels of the images, unsigned bytes
     * @param first number of the first image
     * @param rows any number of images
     * @return mean probabilities, [rows, classes]
     */
    public float[] predict(List<byte[]> prepared, int first, int rows) {
        Check.size("rows", rows);
        float[] p = new float[Math.multiplyExact(rows, classes)];
        predict(prepared, first, rows, p);
        return p;
    }

    /**
     * Writes what the ensemble says of images, which each member has {@linkplain Model#preparer prepared in its own way}, to an
     * array of the caller's; once the kernels are compiled and the buffers made, no arrays are allocated.
     *
     * @param prepared for each member, in order, the pixels of the images, unsigned bytes
     * @param first number of the first image
     * @param rows any number of images
     * @param p receives mean probabilities, [rows, classes]
     */
    public void predict(List<byte[]> prepared, int first, int rows, float[] p) {
        Check.size("rows", rows);
        Check.range("p", p.length, 0, Math.multiplyExact(rows, classes));
        if (prepared.size() != members.size()) {
            throw new IllegalArgumentException("prepared: images for %d members, not for %d"
                    .formatted(members.size(), prepared.size()));
        }
        int size = ensemble.input().size();
        for (int i = 0; i < prepared.size(); i++) {
            Check.range("pixels", prepared.get(i).length, Math.multiplyExact(first, size),
                    Math.multiplyExact(rows, size));
        }
        if (members.size() == 1) {
            predict(members.getFirst(), prepared.getFirst(), first, rows, p);
            return;
        }
        int n = rows * classes;
        if (sums.length < n) {
            sums = new double[n];
            memberAnswers = new float[n];
        }
        for (int i = 0; i < members.size(); i++) {
            predict(members.get(i), prepared.get(i), first, rows, memberAnswers);
            for (int j = 0; j < n; j++) {
                sums[j] = (i == 0 ? 0 : sums[j]) + memberAnswers[j];
            }
        }
        ensemble.mean(sums, p, n);
    }

    /** The same of pixels that are numbers from 0 to 1 already, for all members alike. */
    float[] predict(float[] pixels, int first, int rows) {
        float[] p = new float[Math.multiplyExact(rows, classes)];
        double[] total = new double[p.length];
        for (Member each : members) {
            each.predict(pixels, first, rows, p);
            for (int i = 0; i < p.length; i++) {
                total[i] += p[i];
            }
        }
        ensemble.mean(total, p, p.length);
        return p;
    }

    /**
     * One image on a team. It must be awake, which takes as long as the image does: so only where the callers' images come as fast as
     * the team waits for them, and on as many threads as have turned out to be fastest.
     */
    private final class Together {
        private static final long SOON = 20_000; // nanoseconds

        private final Member member;
        private final int most; // threads
        private final Choice<Integer> choice;
        private final Workers.Task task = this::share;
        private Stage stage;
        private int sharing = 1;
        private long end;

        Together(Member member) {
            this.member = member;
            List<Stage> stages = member.one().stages();
            stage = stages.getFirst();
            most = stages.stream().anyMatch(Stage::sharesOne) ? threads : 1;
            choice = new Choice<>(Stream.concat(IntStream.iterate(1, n -> n < most, n -> 2 * n).boxed(),
                    Stream.of(most)).toList(), Integer::intValue);
        }

        void predict(byte[] pixels, int image, float[] p) {
            if (most == 1) {
                member.predictOne(0, pixels, image, p, 0);
                return;
            }
            long begin = System.nanoTime();
            boolean soon = begin - end < SOON;
            sharing = soon ? choice.current() : 1;
            if (sharing > 1) {
                team().setPatient(choice.isSettling());
            }
            share(member.one(), pixels, image, p);
            end = System.nanoTime();
            if (soon) {
                choice.took(end - begin);
            }
        }

        private void share(Pipeline pipeline, byte[] pixels, int image, float[] p) {
            int size = pipeline.network().input().size();
            Pixels.toFloatsOfOne(pixels, image * size, pipeline.input().values(), 0, size);
            for (int s = 0; s < pipeline.stages().size(); s++) {
                stage = pipeline.stages().get(s);
                if (sharing > 1 && stage.sharesOne()) {
                    team().run(task);
                } else {
                    stage.forward(0, 1);
                }
            }
            pipeline.predict(0, 1, p, 0);
        }

        private void share(int worker, int count) {
            if (worker < sharing) {
                stage.forwardShare(0, worker, sharing);
            }
        }
    }

    private Workers team() {
        if (workers == null) {
            workers = new Workers(threads, tuning);
        }
        return workers;
    }

    private void predict(Member member, byte[] pixels, int first, int rows, float[] p) {
        if (rows == 1) {
            member.together().predict(pixels, first, p);
            return;
        }
        boolean shared = threads > 1 && rows * multiplyAdds >= SHARED;
        boolean oneByOne = rows <= member.few * (shared ? threads : 1);
        member.asked += Math.min(rows, Integer.MAX_VALUE - member.asked);
        boolean mayWait = member.asked <= SOON * threads;
        if (oneByOne || mayWait) {
            member.one(); // before threads could do so at the same time
        }
        int grain = oneByOne ? 1 : member.many().group();
        if (!shared) {
            member.predict(oneByOne, mayWait, 0, pixels, first, first + rows, p, 0);
            return;
        }
        AtomicInteger next = new AtomicInteger();
        team().run((worker, count) -> {
            for (int from = next.get(); from < rows; from = next.get()) { // large pieces first, so that all end at a time
                int to = Math.min(rows, from + Math.max(1, (rows - from) / (2 * count) / grain) * grain);
                if (next.compareAndSet(from, to)) {
                    member.predict(oneByOne, mayWait, worker, pixels, first + from, first + to, p, from * classes);
                }
            }
        });
    }

    /** Ends the threads. */
    @Override
    public void close() {
        if (workers != null) {
            workers.close();
            workers = null;
        }
    }
}
