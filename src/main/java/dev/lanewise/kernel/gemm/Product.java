package dev.lanewise.kernel.gemm;

import dev.lanewise.kernel.core.Species;
import org.jspecify.annotations.Nullable;

/** Multiplies matrices by what is fastest now: by tiles, or by plain loops until those are compiled. One thread uses it at a time. */
public final class Product {
    /** op(A), op(B) and C, which the caller sets. */
    public final Operand a = new Operand();
    public final Operand b = new Operand();
    public final Operand c = new Operand();

    private @Nullable PlainGemm plain;
    private @Nullable GemmLoops loops; // made when tiles are compiled: the Vector API's classes take a tenth of a second to load

    /** C = alpha op(A) op(B) + beta C for the operands that are set, which it forgets. */
    public void multiply(boolean shortRun, int m, int n, int k, float alpha, float beta) {
        if (m > 0 && n > 0) {
            int level = shortRun // it begins with a rehearsal of its own
                    ? Species.SCALAR ? GemmReadiness.PLAIN : GemmReadiness.SHORT
                    : GemmReadiness.of(a.transposed, b.transposed, m, n, Math.max(1, k));
            if (level == GemmReadiness.PLAIN) {
                if (plain == null) {
                    plain = new PlainGemm();
                }
                plain.multiply(m, n, k, alpha, a, b, beta, c);
            } else {
                if (loops == null) {
                    loops = new GemmLoops();
                }
                loops.multiply(level == GemmReadiness.SHORT, m, n, k, alpha, a, b, beta, c);
            }
        }
        a.clear();
        b.clear();
        c.clear();
    }
}
