package dev.lanewise.cli;

/** Begins the program: the one class of the command line that needs no other jar, so that it can say which one is missing. */
public final class Start {
    private Start() {
    }

    /** Runs the program and ends the process. */
    public static void main(String[] args) {
        try {
            Main.main(args);
        } catch (NoClassDefFoundError e) { // before there is a parser that would tell
            System.err.println("lanewise: " + sentence(e));
            System.exit(2);
        }
    }

    /** What is missing, and what to do. */
    static String sentence(NoClassDefFoundError e) {
        return "the library of the package %s is not on the class path; ".formatted(
                String.valueOf(e.getMessage()).replaceFirst("/[^/]*$", "").replace('/', '.'))
                + "start the program by ./lanewise; if that says this, remove target/lanewise.jar and run again, which "
                + "builds it anew, or unpack the release once more";
    }
}
