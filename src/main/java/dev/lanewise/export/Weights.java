package dev.lanewise.export;

import dev.lanewise.data.InputException;
import dev.lanewise.model.Network;
import dev.lanewise.run.Model;
import java.io.IOException;

/** The weights of a file, and what it tells of their network. */
public interface Weights {
    /**
     * The network with its weights.
     *
     * @throws InputException if the file does not tell enough, or something that is not understood
     */
    Model model() throws IOException;

    /**
     * Puts the weights into a network whose layers have weights of the same shapes.
     *
     * @throws InputException naming what does not fit
     */
    void copyTo(Network network) throws IOException;
}
