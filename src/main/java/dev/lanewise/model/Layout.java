package dev.lanewise.model;

import dev.lanewise.kernel.Interleaved;

/** How the samples of a batch lie in memory. */
public enum Layout {
    /** One behind the other: [N, H, W, C]. */
    ROWS(1),
    /** In groups of 16, whose samples alternate: [N / 16, H, W, C, 16]; see {@link Interleaved}. */
    INTERLEAVED(Interleaved.GROUP);

    private final int group;

    Layout(int group) {
        this.group = group;
    }

    /** Samples that only go together: a split of the batch must not part them. */
    public int group() {
        return group;
    }
}
