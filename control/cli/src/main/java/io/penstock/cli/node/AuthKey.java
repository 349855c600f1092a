package io.penstock.cli.node;

import io.penstock.cli.CommandFailure;
import io.penstock.cli.ExitCode;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** A key that lets a node in, from a file: what stands on a command line is seen by everybody on the machine. */
final class AuthKey {
    private static final String FROM_FILE = "file:";
    private static final int MAX_BYTES = 4096;

    private AuthKey() {}

    /**
     * Reads the key.
     *
     * @param option {@code file:PATH}
     */
    static String read(String option) throws CommandFailure {
        if (!option.startsWith(FROM_FILE)) {
            throw new CommandFailure(
                    "--auth-key takes file:PATH, a file that holds the key: a key on the command line is seen by everybody on this"
                            + " machine. If this was a key, have it revoked",
                    ExitCode.USAGE);
        }
        Path path = Path.of(option.substring(FROM_FILE.length()));
        if (Files.isDirectory(path)) {
            throw new CommandFailure("--auth-key: '" + path + "' is a folder, not a file", ExitCode.USAGE);
        }
        try {
            if (Files.size(path) > MAX_BYTES) {
                throw new CommandFailure("--auth-key: " + path + " is too long for a key");
            }
            String key = Files.readString(path, StandardCharsets.US_ASCII).strip();
            if (!key.matches("[!-~]+")) {
                throw new CommandFailure("--auth-key: " + path + " holds no key, which is one word");
            }
            return key;
        } catch (IOException e) {
            throw new CommandFailure("--auth-key: " + path + " cannot be read" + reason(e));
        }
    }

    private static String reason(IOException e) {
        return switch (e) {
            case NoSuchFileException missing -> ": there is no such file";
            case AccessDeniedException denied -> ": it takes root, or another owner of the file";
            case CharacterCodingException binary -> ": it holds no text";
            default -> ": " + e.getMessage();
        };
    }
}
