/** Neural networks trained on MNIST at native speed, in pure Java. */
module dev.lanewise {
    requires com.google.gson; // what runs and models are written in
    requires static info.picocli; // the command line
    requires static java.desktop; // image files
    requires static de.siegmar.fastcsv; // reading CSV tables
    requires static org.jspecify; // what may be null: nothing reads it at run time
    requires static jdk.httpserver; // the page to draw on
    requires static jdk.incubator.vector; // without it: scalar kernels
    requires jdk.management;

    exports dev.lanewise.data;
    exports dev.lanewise.export;
    exports dev.lanewise.kernel;
    exports dev.lanewise.model;
    exports dev.lanewise.run;
    exports dev.lanewise.train;

    uses dev.lanewise.export.Format;
    uses dev.lanewise.model.Layer.Kind;
    uses dev.lanewise.model.Loss.Kind;
    uses dev.lanewise.sweep.Engine.Kind;
    uses dev.lanewise.train.Optimizer.Kind;
    uses dev.lanewise.train.Schedule.Kind;

    opens dev.lanewise.bench to com.google.gson;
    opens dev.lanewise.cli to info.picocli;
}
