package dev.lanewise.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.kernel.Shape;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;

class SampleSheetTest {
    @Test
    void coloursAreKeptAndLargeImagesAreNotEnlarged() throws IOException {
        byte[] image = new byte[60 * 40 * 3];
        image[(59 * 40 + 39) * 3] = (byte) 200;
        image[(59 * 40 + 39) * 3 + 1] = 100;
        image[(59 * 40 + 39) * 3 + 2] = 50;
        BufferedImage sheet = ImageIO.read(new ByteArrayInputStream(
                SampleSheet.png(new Shape(60, 40, 3), 2, List.of(new byte[image.length], image, image))));
        assertEquals(2 + 2 * 42, sheet.getWidth());
        assertEquals(2 + 2 * 62, sheet.getHeight());
        assertEquals(0xffc86432, sheet.getRGB(2 + 42 + 39, 2 + 59));
        assertEquals(0xffc86432, sheet.getRGB(2 + 39, 2 + 62 + 59));
        assertEquals(0xff000000, sheet.getRGB(2 + 39, 2 + 59));
        assertEquals(sheet.getRGB(0, 0), sheet.getRGB(2 + 42 + 5, 2 + 62 + 5)); // where no image is
    }

    @Test
    void otherChannelsAreRefused() {
        String message = assertThrows(InputException.class,
                () -> SampleSheet.png(new Shape(2, 2, 2), 1, List.of(new byte[8]))).getMessage();
        assertTrue(message.contains("2 channels"), message);
    }
}
