package dev.lanewise.run.files;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Messages in the binary format of Protocol Buffers: fields with a number and one of four forms, in any order. What they mean,
 * who writes or reads them knows.
 */
public final class Protobuf {
    private static final int VARINT = 0;
    private static final int FIXED_64 = 1;
    private static final int BYTES = 2;
    private static final int FIXED_32 = 5;
    private static final int MOST_VARINT = 10; // bytes

    private Protobuf() {
    }

    /** A message that is being written. Large pieces are kept, not copied, until it is written out. */
    public static final class Writer {
        private static final int LARGE = 1 << 12; // bytes

        private final List<byte[]> parts = new ArrayList<>();
        private ByteArrayOutputStream open = new ByteArrayOutputStream();
        private long closed; // bytes in parts

        /** A whole number: of any of the types int32 to bool, or an enum. */
        public Writer number(int field, long value) {
            tag(field, VARINT);
            return varint(value);
        }

        /** A float. */
        public Writer single(int field, float value) {
            tag(field, FIXED_32);
            return fixed(Integer.toUnsignedLong(Float.floatToRawIntBits(value)), Float.BYTES);
        }

        /** A double. */
        public Writer real(int field, double value) {
            tag(field, FIXED_64);
            return fixed(Double.doubleToRawLongBits(value), Double.BYTES);
        }

        /** A text. */
        public Writer text(int field, String value) {
            return bytes(field, value.getBytes(StandardCharsets.UTF_8));
        }

        /** Bytes, which must not change before the message is written out. */
        public Writer bytes(int field, byte[] value) {
            tag(field, BYTES);
            varint(value.length);
            append(value);
            return this;
        }

        /** A message, which is complete. */
        public Writer message(int field, Writer value) {
            tag(field, BYTES);
            varint(value.size());
            value.parts.forEach(this::append);
            append(value.open.toByteArray());
            return this;
        }

        /** Whole numbers, packed. */
        public Writer numbers(int field, long... values) {
            Writer packed = new Writer();
            for (long value : values) {
                packed.varint(value);
            }
            return message(field, packed);
        }

        /** Doubles, packed. */
        public Writer reals(int field, double... values) {
            Writer packed = new Writer();
            for (double value : values) {
                packed.fixed(Double.doubleToRawLongBits(value), Double.BYTES);
            }
            return message(field, packed);
        }

        /** Bytes of the message. */
        public long size() {
            return closed + open.size();
        }

        /** Writes the message. */
        public void writeTo(OutputStream out) throws IOException {
            for (byte[] part : parts) {
                out.write(part);
            }
            open.writeTo(out);
        }

        private void tag(int field, int form) {
            varint((long) field << 3 | form);
        }

        private Writer varint(long value) {
            for (long left = value;; left >>>= 7) {
                if (left >>> 7 == 0) {
                    open.write((int) left);
                    return this;
                }
                open.write((int) left & 0x7f | 0x80);
            }
        }

        private Writer fixed(long bits, int bytes) {
            for (int i = 0; i < bytes; i++) {
                open.write((int) (bits >>> 8 * i));
            }
            return this;
        }

        private void append(byte[] bytes) {
            if (bytes.length < LARGE) {
                open.writeBytes(bytes);
                return;
            }
            parts.add(open.toByteArray());
            parts.add(bytes);
            closed += open.size() + bytes.length;
            open = new ByteArrayOutputStream();
        }
    }

    /**
     * Goes through the fields of a message, which may be damaged: everything is checked against the bytes that are there, and
     * nothing is copied but texts. What is wrong is said by an IllegalArgumentException in words for people.
     */
    public static final class Reader {
        private final ByteBuffer in;
        private int field;
        private int form;
        private long number; // of a varint or a fixed field
        private ByteBuffer bytes = ByteBuffer.allocate(0); // of a field of bytes

        /** Reads what remains in the buffer. */
        public Reader(ByteBuffer message) {
            in = message.slice().order(ByteOrder.LITTLE_ENDIAN);
        }

        /** Goes to the next field; false at the end. */
        public boolean next() {
            if (!in.hasRemaining()) {
                return false;
            }
            long tag = varint(in);
            form = (int) tag & 7;
            if (tag >>> 3 < 1 || tag >>> 3 >= 1 << 29) {
                throw new IllegalArgumentException("a field of number " + (tag >>> 3));
            }
            field = (int) (tag >>> 3);
            switch (form) {
                case VARINT -> number = varint(in);
                case FIXED_64 -> number = room(Long.BYTES).getLong();
                case FIXED_32 -> number = room(Integer.BYTES).getInt();
                case BYTES -> {
                    long length = varint(in);
                    bytes = room(length).slice(in.position(), (int) length).order(ByteOrder.LITTLE_ENDIAN);
                    in.position(in.position() + (int) length);
                }
                default -> throw new IllegalArgumentException("field %d has the form %d".formatted(field, form));
            }
            return true;
        }

        private ByteBuffer room(long length) {
            if (length < 0 || length > in.remaining()) {
                throw new IllegalArgumentException("field %d has %s bytes, and %d are there".formatted(field,
                        Long.toUnsignedString(length), in.remaining()));
            }
            return in;
        }

        /** The whole number at the buffer's position, which moves behind it. */
        public static long varint(ByteBuffer in) {
            long value = 0;
            for (int i = 0; i < MOST_VARINT && in.hasRemaining(); i++) {
                byte next = in.get();
                value |= (next & 0x7fL) << 7 * i;
                if (next >= 0) {
                    return value;
                }
            }
            throw new IllegalArgumentException("a number does not end");
        }

        private void require(int form) {
            if (this.form != form) {
                throw new IllegalArgumentException("field %d has the form %d instead of %d".formatted(field, this.form,
                        form));
            }
        }

        /** Number of the field at hand. */
        public int field() {
            return field;
        }

        /** Whether the field is bytes: a text, a message or packed numbers. */
        public boolean isBytes() {
            return form == BYTES;
        }

        /** The field as a whole number. */
        public long number() {
            require(VARINT);
            return number;
        }

        /** The field as a float. */
        public float single() {
            require(FIXED_32);
            return Float.intBitsToFloat((int) number);
        }

        /** The field as a double. */
        public double real() {
            require(FIXED_64);
            return Double.longBitsToDouble(number);
        }

        /** The field as bytes, little-endian where they are numbers. */
        public ByteBuffer bytes() {
            require(BYTES);
            return bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        }

        /** The field as a message. */
        public Reader message() {
            return new Reader(bytes());
        }

        /** The field as a text. */
        public String text() {
            try {
                return StandardCharsets.UTF_8.newDecoder().decode(bytes()).toString();
            } catch (CharacterCodingException e) {
                throw new IllegalArgumentException("field %d is no text in UTF-8".formatted(field), e);
            }
        }

        /** The field's whole numbers: all where they are packed, else one. */
        public void numbers(LongConsumer sink) {
            if (isBytes()) {
                for (ByteBuffer packed = bytes(); packed.hasRemaining();) {
                    sink.accept(varint(packed));
                }
            } else {
                sink.accept(number());
            }
        }
    }
}
