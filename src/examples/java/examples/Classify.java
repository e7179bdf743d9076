package examples;

import dev.lanewise.kernel.Reductions;
import dev.lanewise.run.Model;
import java.io.IOException;
import java.nio.file.Path;

/** Says which digit is on an image. */
final class Classify {
    private Classify() {
    }

    public static void main(String[] args) throws IOException {
        // @start region="classify"
        Model model = Model.read(Path.of("digits.safetensors"));
        byte[] pixels = model.preparer().prepare(Path.of("seven.png")).pixels();
        float[] p = model.predict(pixels); // a probability for each class
        int digit = Reductions.argmax(p, 0, p.length);
        System.out.println(model.classes().get(digit) + " with probability " + p[digit]);
        // @end
    }
}
