package io.penstock.cli.server;

import io.penstock.cli.CommandFailure;
import io.penstock.cli.ExitCode;
import io.penstock.lab.JsonWriter;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** The API of one coordinator for one domain. A refusal becomes a {@link CommandFailure} with the coordinator's own words. */
final class AdminApi {
    private static final String ROOT = "/api/v1";

    private final AdminClient client;
    private final String domain;

    AdminApi(AdminClient client, String domain) {
        this.client = client;
        this.domain = domain;
    }

    String domain() {
        return domain;
    }

    /** What is of the coordinator, {@code /backups} for example. */
    Reply call(String method, String path, String json) throws CommandFailure {
        AdminClient.Answer answer = client.send(method, ROOT + path, json);
        Reply reply;
        try {
            reply = Reply.parse(answer.body());
        } catch (IOException e) {
            throw new CommandFailure(
                    "the answer (status " + answer.status() + ") is not a coordinator's: " + e.getMessage());
        }
        if (answer.status() == 200) {
            return reply;
        }
        String message = reply.raw("message")
                .lines()
                .map(Reply::printable)
                .reduce((a, b) -> a + "\n" + b)
                .orElse("status " + answer.status());
        throw new CommandFailure(
                message, answer.status() == 401 || answer.status() == 403 ? ExitCode.REFUSED : ExitCode.FAILED);
    }

    Reply call(String method, String path, JsonWriter json) throws CommandFailure {
        return call(method, path, json.document());
    }

    /** A path under the domain. */
    String inDomain(String path) {
        return "/domains/" + encode(domain) + path;
    }

    Reply get(String path) throws CommandFailure {
        return call("GET", inDomain(path), "");
    }

    static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    /**
     * Finds what a person means by a word: the one whose field has it, else the one of that id.
     *
     * @param path of the listing, under the domain
     * @throws CommandFailure if there is none, or the word fits several
     */
    Reply find(String path, String field, String word, String what) throws CommandFailure {
        List<Reply> items = get(path).items();
        List<Reply> named =
                items.stream().filter(item -> item.text(field).equals(word)).toList();
        List<Reply> fitting = named.isEmpty()
                ? items.stream().filter(item -> item.text("id").equals(word)).toList()
                : named;
        if (fitting.isEmpty()) {
            throw new CommandFailure("there is no " + what + " " + word + " in domain " + domain);
        }
        if (fitting.size() > 1) {
            throw new CommandFailure("several have the name " + word + "; say the id: "
                    + String.join(
                            ", ", fitting.stream().map(item -> item.text("id")).toList()));
        }
        return fitting.getFirst();
    }
}
