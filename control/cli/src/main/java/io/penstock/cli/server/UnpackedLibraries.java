package io.penstock.cli.server;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Where the compressor's library is unpacked: where the database's is, in the state folder, since a folder for temporary files
 * may be mounted noexec and is others' to write. Stateless.
 */
final class UnpackedLibraries {
    private static final String PROPERTY = "ZstdTempFolder";
    private static final String FOLDER = "native";

    private UnpackedLibraries() {}

    /** To be called before the state is opened. Removes what a former coordinator left, which may have had no time to. */
    static void prepare(Path state) {
        Path folder = state.resolve(FOLDER);
        if (System.getProperty(PROPERTY) == null) {
            System.setProperty(PROPERTY, folder.toString());
        }
        if (!Files.isDirectory(folder)) {
            return; // the store makes it
        }
        try (DirectoryStream<Path> left = Files.newDirectoryStream(folder, "libzstd-jni*")) {
            for (Path file : left) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            // No reason not to start: the state folder says what is wrong with it when it is opened.
            System.getLogger(UnpackedLibraries.class.getName())
                    .log(System.Logger.Level.DEBUG, "old libraries stay in " + folder, e);
        }
    }
}
