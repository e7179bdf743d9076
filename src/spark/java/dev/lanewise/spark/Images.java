package dev.lanewise.spark;

import dev.lanewise.data.Dataset;
import dev.lanewise.data.DatasetPair;
import dev.lanewise.data.Preparation;
import dev.lanewise.kernel.Shape;
import dev.lanewise.sweep.TrainingData;
import java.io.Serializable;
import java.util.List;

/** The data of a sweep as they travel to executors; there, all trainings of a process share them. */
final class Images implements Serializable {
    private static final long serialVersionUID = 1;

    private final String name;
    private final String prepared;
    private final int[] shape; // height, width, channels
    private final byte[] pixels; // [N, height * width * channels]
    private final byte[] labels; // [N]
    private final String[] classes;
    private final Integer limit; // null: all
    private final String digest;
    private transient TrainingData data; // made where it has arrived

    private Images(TrainingData data) {
        DatasetPair all = data.all();
        Dataset train = all.train();
        name = all.name();
        prepared = all.prepared().word();
        shape = new int[]{train.shape().height(), train.shape().width(), train.shape().channels()};
        pixels = new byte[train.size() * train.shape().size()];
        for (int i = 0; i < train.size(); i++) {
            System.arraycopy(train.pixels(i), 0, pixels, i * train.shape().size(), train.shape().size());
        }
        labels = train.labels();
        classes = train.classes().toArray(String[]::new);
        limit = data.limit();
        digest = data.digest();
    }

    static Images of(TrainingData data) {
        return new Images(data);
    }

    /** The same data as those they were made of. */
    synchronized TrainingData data() {
        if (data == null) {
            Dataset train = Dataset.of(new Shape(shape[0], shape[1], shape[2]), pixels, labels, List.of(classes));
            data = new TrainingData(new DatasetPair(name, "Spark's driver", train, null, Preparation.of(prepared),
                    List.of()), limit, digest);
        }
        return data;
    }
}
