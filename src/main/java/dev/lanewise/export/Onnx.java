package dev.lanewise.export;

import org.jspecify.annotations.Nullable;

/** The numbers of the fields of ONNX's messages, as onnx.proto3 has them, of those that are written or read here. */
final class Onnx {
    /** The operators that are written; in its version 17 (2022) all of them have had their meaning for long. */
    static final int OPERATORS = 17;
    /** The version of the format that came with them. */
    static final int VERSION = 8;

    private Onnx() {
    }

    /** The whole file. */
    static final class Model {
        static final int VERSION = 1;
        static final int PRODUCER = 2;
        static final int PRODUCER_VERSION = 3;
        static final int DESCRIPTION = 6;
        static final int GRAPH = 7;
        static final int OPERATORS = 8;
        static final int METADATA = 14;

        private Model() {
        }
    }

    /** A set of operators: its domain, empty for the usual one, and its version. */
    static final class Operators {
        static final int DOMAIN = 1;
        static final int VERSION = 2;

        private Operators() {
        }
    }

    /** A text by name. */
    static final class Entry {
        static final int KEY = 1;
        static final int VALUE = 2;

        private Entry() {
        }
    }

    /** Nodes in an order in which they can be computed. */
    static final class Graph {
        static final int NODE = 1;
        static final int NAME = 2;
        static final int TENSOR = 5;
        static final int INPUT = 11;
        static final int OUTPUT = 12;
        static final int VALUE = 13;

        private Graph() {
        }
    }

    /** An operator at work. */
    static final class Node {
        static final int INPUT = 1;
        static final int OUTPUT = 2;
        static final int NAME = 3;
        static final int TYPE = 4;
        static final int ATTRIBUTE = 5;
        static final int DOMAIN = 7;

        private Node() {
        }
    }

    /** A constant of a node. */
    static final class Attribute {
        static final int NAME = 1;
        static final int FLOAT = 2;
        static final int INT = 3;
        static final int STRING = 4;
        static final int TENSOR = 5;
        static final int FLOATS = 7;
        static final int INTS = 8;
        static final int STRINGS = 9;
        static final int TYPE = 20;

        private Attribute() {
        }
    }

    /** A constant array. */
    static final class Tensor {
        static final int EXTENT = 1;
        static final int TYPE = 2;
        static final int FLOATS = 4;
        static final int INT32S = 5;
        static final int STRINGS = 6;
        static final int INT64S = 7;
        static final int NAME = 8;
        static final int RAW = 9;
        static final int DOUBLES = 10;
        static final int EXTERNAL = 13;
        static final int PLACE = 14;

        private Tensor() {
        }
    }

    /** The type of an input, an output or what is between them. */
    static final class Value {
        static final int NAME = 1;
        static final int TYPE = 2;
        /** Within the type. */
        static final int TENSOR = 1;
        /** Within the tensor. */
        static final int ELEMENT = 1;
        /** Within the tensor. */
        static final int SHAPE = 2;
        /** Within the shape. */
        static final int EXTENT = 1;
        /** Within the extent: a number. */
        static final int NUMBER = 1;
        /** Within the extent: the name of an open one. */
        static final int OPEN = 2;

        private Value() {
        }
    }

    /** Types of numbers. */
    enum Type {
        FLOAT(1, 4), UINT8(2, 1), INT8(3, 1), UINT16(4, 2), INT16(5, 2), INT32(6, 4), INT64(7, 8), STRING(8, 0), BOOL(9,
                1), FLOAT16(10, 2), DOUBLE(11, 8), UINT32(12, 4), UINT64(13, 8), BFLOAT16(16, 2);

        final int number;
        final int bytes; // of an element; 0: they differ

        Type(int number, int bytes) {
            this.number = number;
            this.bytes = bytes;
        }

        /** The type of that number; null if it is none of these. */
        static @Nullable Type of(long number) {
            for (Type type : values()) {
                if (type.number == number) {
                    return type;
                }
            }
            return null;
        }
    }
}
