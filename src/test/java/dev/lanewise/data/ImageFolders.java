package dev.lanewise.data;

import dev.lanewise.kernel.Shape;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/** Folders of images, a folder for each class. */
public final class ImageFolders {
    private ImageFolders() {
    }

    /** Writes {@code train/CLASS/00000.png} and so on, numbered over all classes, and the same for {@code test}. */
    public static Path write(Path folder, Dataset train, Dataset test) throws IOException {
        write(folder.resolve("train"), train);
        write(folder.resolve("test"), test);
        return folder;
    }

    /** Writes {@code CLASS/00000.png} and so on. */
    public static Path write(Path folder, Dataset data) throws IOException {
        for (String name : data.classes()) {
            Files.createDirectories(folder.resolve(name));
        }
        for (int i = 0; i < data.size(); i++) {
            Files.write(folder.resolve(data.classes().get(data.label(i)))
                    .resolve(String.format(Locale.ROOT, "%05d.png", i)), encode("png", data.shape(), data.pixels(i)));
        }
        return folder;
    }

    /** Writes one file, its folder too. */
    static Path write(Path file, String format, Shape shape, byte[] pixels) throws IOException {
        Files.createDirectories(file.getParent());
        return Files.write(file, encode(format, shape, pixels));
    }

    /** An image file of [H, W, 1] or [H, W, 3] bytes. */
    static byte[] encode(String format, Shape shape, byte[] pixels) throws IOException {
        return encode(format, image(shape, pixels), false);
    }

    static BufferedImage image(Shape shape, byte[] pixels) {
        BufferedImage image = new BufferedImage(shape.width(), shape.height(),
                shape.channels() == 1 ? BufferedImage.TYPE_BYTE_GRAY : BufferedImage.TYPE_3BYTE_BGR);
        image.getRaster().setDataElements(0, 0, shape.width(), shape.height(), pixels);
        return image;
    }

    static byte[] encode(String format, BufferedImage image, boolean progressive) throws IOException {
        ImageWriter writer = ImageIO.getImageWritersByFormatName(format).next();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (MemoryCacheImageOutputStream out = new MemoryCacheImageOutputStream(bytes)) {
            writer.setOutput(out);
            ImageWriteParam param = writer.getDefaultWriteParam();
            if (progressive) {
                param.setProgressiveMode(ImageWriteParam.MODE_DEFAULT);
            }
            writer.write(null, new IIOImage(image, null, null), param);
        } finally {
            writer.dispose();
        }
        return bytes.toByteArray();
    }
}
