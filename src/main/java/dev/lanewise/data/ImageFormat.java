package dev.lanewise.data;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Iterator;
import java.util.Optional;
import java.util.zip.CRC32;
import javax.imageio.ImageIO;
import javax.imageio.spi.ImageReaderSpi;
import org.jspecify.annotations.Nullable;

/**
 * The kinds of image files that are read. Each walks over a file's parts before it is decoded, because the JDK's decoders accept
 * incomplete files, compare no checksums and pass over how an image is to be turned.
 */
enum ImageFormat {
    PNG(0x89504e470d0a1a0aL, 8) {
        private static final int HEADER = 0x49484452; // "IHDR"
        private static final int HEADER_LENGTH = 13;
        private static final int END = 0x49454e44; // "IEND"
        private static final int EXIF = 0x65584966; // "eXIf"
        private static final int PALETTE = 0x504c5445; // "PLTE"

        @Override
        Layout walk(ByteBuffer file) throws Unreadable {
            int colours = 0;
            CRC32 crc = new CRC32();
            Orientation orientation = Orientation.TOP_LEFT;
            int type = 0;
            file.position(8); // behind the signature
            for (boolean first = true; type != END; first = false) {
                int length = file.getInt();
                type = file.getInt();
                if (length < 0 || first != (type == HEADER) || first && length != HEADER_LENGTH) {
                    throw damaged();
                }
                if (first) { // before the length of the rest is known to be right
                    checkSize(Integer.toUnsignedLong(file.getInt(file.position())),
                            Integer.toUnsignedLong(file.getInt(file.position() + 4)));
                }
                ByteBuffer content = part(file, length);
                crc.reset(); // it covers the type and the content
                crc.update(file.slice(file.position() - length - 4, length + 4));
                if (file.getInt() != (int) crc.getValue()) {
                    throw damaged();
                }
                if (type == EXIF) {
                    orientation = Orientation.of(content);
                } else if (type == PALETTE) {
                    colours = length / 3;
                }
            }
            return new Layout(orientation, 0, 0, 0, 0, colours);
        }
    },

    JPEG(0xffd8ffL, 3) {
        private static final int EXIF_LENGTH = 6;
        private static final long EXIF = 0x457869660000L; // "Exif" and two zeros

        @Override
        Layout walk(ByteBuffer file) throws Unreadable {
            Orientation orientation = Orientation.TOP_LEFT;
            file.position(2); // behind the start of the image
            while (true) {
                int marker = marker(file);
                if (marker == 0xd9) { // the end of the image
                    return new Layout(orientation, 0, 0, 0, 0, 0);
                }
                if (marker <= 0x01 || marker >= 0xd0 && marker <= 0xd8) { // 0 and restarts stand in a scan
                    continue;
                }
                ByteBuffer segment = part(file, Math.max(0, file.getChar() - 2));
                if (marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc) {
                    checkFrame(marker, segment);
                } else if (marker == 0xe1 && segment.remaining() > EXIF_LENGTH && segment.getLong(0) >>> 16 == EXIF) {
                    orientation = Orientation.of(segment.slice(EXIF_LENGTH, segment.remaining() - EXIF_LENGTH));
                }
            }
        }

        // The next marker: behind a segment at once, behind a scan after the scan's data.
        private static int marker(ByteBuffer file) {
            while (file.get() != (byte) 0xff) {
                // data of a scan
            }
            int marker;
            do {
                marker = file.get() & 0xff;
            } while (marker == 0xff);
            return marker;
        }

        private static void checkFrame(int marker, ByteBuffer frame) throws Unreadable {
            int bits = frame.get();
            checkSize(frame.getChar(3), frame.getChar(1));
            int colours = frame.get(5);
            if (marker > 0xc2 || bits != 8) {
                throw new Unreadable("is a JPEG image of a rare kind (lossless, arithmetic or of more than 8 bits), "
                        + "which is not read; save it as PNG or as a usual JPEG first.");
            }
            if (colours != 1 && colours != 3) {
                throw new Unreadable("is a JPEG image of %d inks (CMYK), which is not read; save it in RGB first."
                        .formatted(colours));
            }
        }
    },

    GIF(0x474946L, 3) { // the first frame, on the screen that the file describes
        @Override
        Layout walk(ByteBuffer file) throws Unreadable {
            part(file.order(ByteOrder.LITTLE_ENDIAN), 6); // signature and version
            int width = file.getChar();
            int height = file.getChar();
            int flags = file.get();
            part(file, 2);
            skipColours(file, flags);
            while (true) {
                switch (file.get()) {
                    case 0x21 -> {
                        file.get(); // the kind of extension
                        skipBlocks(file);
                    }
                    case 0x2c -> {
                        int left = file.getChar();
                        int top = file.getChar();
                        int right = left + file.getChar();
                        int bottom = top + file.getChar();
                        skipColours(file, file.get());
                        file.get(); // the size of codes
                        skipBlocks(file);
                        checkSize(Math.max(width, right), Math.max(height, bottom));
                        return new Layout(Orientation.TOP_LEFT, left, top, Math.max(width, right),
                                Math.max(height, bottom), 0);
                    }
                    default -> throw damaged();
                }
            }
        }

        private static void skipColours(ByteBuffer file, int flags) {
            if ((flags & 0x80) != 0) {
                part(file, 3 << (flags & 7) + 1);
            }
        }

        private static void skipBlocks(ByteBuffer file) {
            for (int length = -1; length != 0;) {
                length = file.get() & 0xff;
                part(file, length);
            }
        }
    },

    BMP(0x424dL, 2) { // "BM"
        private static final int OS2_HEADER = 12; // bytes
        private static final int RUN_LENGTHS = 1; // of 8 bits a pixel; 2: of 4
        private static final int RUN_LENGTHS_END = 2;

        @Override
        Layout walk(ByteBuffer file) throws Unreadable {
            file.order(ByteOrder.LITTLE_ENDIAN);
            boolean os2 = file.getInt(14) == OS2_HEADER;
            long width = os2 ? file.getChar(18) : file.getInt(18);
            long height = os2 ? file.getChar(20) : Math.abs((long) file.getInt(22)); // below 0: from the top down
            checkSize(width & 0xffffffffL, height);
            int bits = file.getChar(os2 ? 24 : 28);
            int compression = os2 ? 0 : file.getInt(30);
            if (compression < RUN_LENGTHS || compression > RUN_LENGTHS_END) {
                long row = Math.ceilDiv(width * bits, 32) * 4;
                if (file.getInt(10) + row * height - 3 > file.limit()) { // the last row's padding may be missing
                    throw new BufferUnderflowException();
                }
            }
            return new Layout(Orientation.TOP_LEFT, 0, 0, 0, 0, 0);
        }
    };

    private static final long MAX_PIXELS = 64_000_000;
    /** Bytes that tell the kind of a file. */
    static final int START = 8;

    private final byte[] signature;
    private volatile @Nullable ImageReaderSpi decoder; // null before the first image: finding it loads its classes

    ImageFormat(long signature, int length) {
        this.signature = Arrays.copyOfRange(ByteBuffer.allocate(8).putLong(signature).array(), 8 - length, 8);
    }

    /** The JDK's own, whatever others there are: the same pixels everywhere. */
    private static synchronized ImageReaderSpi decoder(String format) {
        for (Iterator<javax.imageio.ImageReader> all = ImageIO.getImageReadersByFormatName(format); all.hasNext();) {
            ImageReaderSpi decoder = all.next().getOriginatingProvider();
            if (decoder.getClass().getModule() == ImageIO.class.getModule()) {
                return decoder;
            }
        }
        throw new AssertionError("every JDK reads " + format);
    }

    /**
     * What the decoder does not tell.
     *
     * @param left column of the canvas where the image's first one is
     * @param top row of the canvas where the image's first one is
     * @param width of the canvas; 0: the image's
     * @param height of the canvas; 0: the image's
     * @param colours of a palette, beyond which no pixel may point; 0: not known, or none
     */
    record Layout(Orientation orientation, int left, int top, int width, int height, int colours) {
    }

    /** A file that is not read; the message goes on where the file's name ends. */
    static final class Unreadable extends Exception {
        private static final long serialVersionUID = 1L;

        Unreadable(String message) {
            super(message);
        }
    }

    /** The format of a file that begins so. */
    static Optional<ImageFormat> of(byte[] start) {
        return Arrays.stream(values()).filter(format -> format.signature.length <= start.length
                && Arrays.equals(format.signature, 0, format.signature.length, start, 0, format.signature.length))
                .findFirst();
    }

    /**
     * Walks over the whole file.
     *
     * @throws BufferUnderflowException if it has no end
     * @throws Unreadable if it is damaged, too large or of a kind that is not read
     */
    abstract Layout walk(ByteBuffer file) throws Unreadable;

    ImageReaderSpi decoder() {
        if (decoder == null) {
            decoder = decoder(name());
        }
        return decoder;
    }

    Unreadable damaged() {
        return new Unreadable("is damaged: its %s data contradict themselves; copy or save it again.".formatted(this));
    }

    Unreadable cutShort() {
        return new Unreadable("is cut short: the %s image in it has no end; copy or save it again.".formatted(this));
    }

    static void checkSize(long width, long height) throws Unreadable {
        if (width > MAX_PIXELS || height > MAX_PIXELS || width * height > MAX_PIXELS) {
            throw new Unreadable("claims %d x %d pixels, and at most 64 megapixels are read; scale it down first."
                    .formatted(width, height));
        }
    }

    /** The next bytes. */
    private static ByteBuffer part(ByteBuffer file, int length) {
        if (length > file.remaining()) {
            throw new BufferUnderflowException();
        }
        ByteBuffer part = file.slice(file.position(), length);
        file.position(file.position() + length);
        return part;
    }
}
