package io.penstock.cli.server;

import io.penstock.cli.CommandFailure;
import io.penstock.protocol.hujson.Finding;
import io.penstock.protocol.policy.Policy;
import io.penstock.protocol.policy.PolicyResult;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A policy in a file: reads it and judges it. Stateless. */
final class PolicyFile {
    private static final int MAX_BYTES = 4 * Policy.MAX_LENGTH;

    private PolicyFile() {}

    /** Something wrong, with its place from 1. */
    record Fault(int line, int column, String message) {}

    /** @param name of the file, or a hyphen for standard input */
    static String read(String name) throws CommandFailure {
        try (InputStream in = name.equals("-") ? System.in : Files.newInputStream(Path.of(name))) {
            byte[] bytes = in.readNBytes(MAX_BYTES + 1);
            if (bytes.length > MAX_BYTES) {
                throw new CommandFailure(name + " has more than " + MAX_BYTES + " bytes");
            }
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new CommandFailure(name + " is not text in UTF-8");
        } catch (IOException e) {
            throw new CommandFailure("cannot read " + e.getMessage());
        }
    }

    /** Nothing if the policy is good and its tests hold for nodes that could come. */
    static List<Fault> faults(String text) {
        List<Finding> findings =
                switch (Policy.parse(text)) {
                    case PolicyResult.Bad bad -> bad.errors();
                    case PolicyResult.Good good -> good.policy().runTests(List.of());
                };
        return findings.stream()
                .map(finding ->
                        new Fault(finding.location().line(), finding.location().column(), finding.message()))
                .toList();
    }
}
