package dev.lanewise.data;

import dev.lanewise.kernel.Shape;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Four IDX files in a directory, with MNIST's names. */
final class IdxSource implements Source {
    @Override
    public String description() {
        return "four IDX files such as train-images-idx3-ubyte, with or without .gz";
    }

    @Override
    public boolean recognises(Path place) {
        return Files.isDirectory(place) && MnistFiles.missing(place).size() < Mnist.FILES.size();
    }

    @Override
    public Stored read(Path place, Shape size) throws IOException {
        List<Path> files = MnistFiles.locate(place);
        IdxReader.Images trainImages;
        IdxReader.Labels trainLabels;
        IdxReader.Images testImages;
        IdxReader.Labels testLabels;
        try (ExecutorService readers = Executors.newFixedThreadPool(files.size())) {
            Future<IdxReader.Images> first = readers.submit(() -> IdxReader.images(files.get(0)));
            Future<IdxReader.Labels> second = readers.submit(() -> IdxReader.labels(files.get(1)));
            Future<IdxReader.Images> third = readers.submit(() -> IdxReader.images(files.get(2)));
            Future<IdxReader.Labels> fourth = readers.submit(() -> IdxReader.labels(files.get(3)));
            trainImages = result(first);
            trainLabels = result(second);
            testImages = result(third);
            testLabels = result(fourth);
        }
        Part train = part(files.get(0), trainImages, files.get(1), trainLabels);
        return new Stored(train, part(files.get(2), testImages, files.get(3), testLabels), null,
                Preparation.of(train),
                List.of(trainImages.source(), trainLabels.source(), testImages.source(), testLabels.source()));
    }

    private static Part part(Path imageFile, IdxReader.Images images, Path labelFile, IdxReader.Labels labels)
            throws InputException {
        if (images.count() != labels.values().length) {
            throw new InputException("%s has %d images but %s has %d labels; use files that belong together"
                    .formatted(imageFile, images.count(), labelFile.getFileName(), labels.values().length));
        }
        return new Part(imageFile, new Shape(images.rows(), images.columns(), 1), images.pixels(), labels.values());
    }

    private static <T> T result(Future<T> future) throws IOException {
        try {
            return future.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while reading data");
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException failure) {
                throw failure;
            }
            throw new IllegalStateException(e.getCause());
        }
    }
}
