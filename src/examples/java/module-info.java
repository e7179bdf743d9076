/** Programs of a screen each that use Lanewise as a library. */
module examples {
    requires dev.lanewise;
    requires java.desktop; // Classify and HttpService read image files
    requires jdk.httpserver; // HttpService

    provides dev.lanewise.model.Layer.Kind with examples.OwnLayer.LeakyKind;
}
