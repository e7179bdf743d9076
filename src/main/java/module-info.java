/** Neural networks trained on MNIST at native speed, in pure Java. */
module dev.lanewise {
    requires com.google.gson;
    requires info.picocli;
    requires java.desktop; // reading PNG files
    requires jdk.incubator.vector;
    requires jdk.management;
    requires me.tongfei.progressbar;

    exports dev.lanewise.data;
    exports dev.lanewise.kernel;
    exports dev.lanewise.kernel.sparse;
    exports dev.lanewise.model;
    exports dev.lanewise.train;

    opens dev.lanewise.bench to com.google.gson;
    opens dev.lanewise.cli to info.picocli;
}
