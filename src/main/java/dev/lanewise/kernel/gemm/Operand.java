package dev.lanewise.kernel.gemm;

/**
 * A matrix of a product as it lies in an array: op(A), op(B) or C. Who multiplies keeps three and sets them anew for each
 * product, so that none is allocated.
 */
public final class Operand {
    private static final float[] NONE = {};

    float[] data = NONE;
    int offset; // of element (0, 0)
    int ld; // from one stored row to the next
    boolean transposed; // whether stored rows are the matrix's columns

    /** Becomes the matrix with its first element at {@code offset} and stored rows {@code ld} apart. */
    public void set(float[] data, int offset, int ld, boolean transposed) {
        this.data = data;
        this.offset = offset;
        this.ld = ld;
        this.transposed = transposed;
    }

    /** Becomes the part of another matrix that begins at an element of it. */
    public void setPart(Operand whole, int row, int column) {
        set(whole.data, whole.at(row, column), whole.ld, whole.transposed);
    }

    /** Forgets the array, which is the caller's and not to be kept alive. */
    public void clear() {
        data = NONE;
    }

    int at(int row, int column) {
        return offset + (transposed ? column * ld + row : row * ld + column);
    }

    void transpose() {
        transposed = !transposed;
    }
}
