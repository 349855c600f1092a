package io.penstock.server.http.ts2021;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.protocol.message.RegisterRequest;
import io.penstock.protocol.message.RegisterResponse;
import io.penstock.server.web.Codes;
import io.penstock.server.web.Markup;
import java.net.URI;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** From an empty coordinator to a machine that is in, by nothing but pages and the control protocol, over one listener. */
class JoinByPageTest {
    private static final String PASSWORD = "correct horse battery";

    @TempDir
    private Path parent;

    private EdgeFixture edge;
    private HttpBrowser browser;

    @BeforeEach
    void open() throws Exception {
        edge = new EdgeFixture(parent, Ts2021Limits.DEFAULT);
        browser = new HttpBrowser(edge.listener.address().getPort());
    }

    @AfterEach
    void close() {
        browser.close();
        edge.close();
    }

    @Test
    void machineWaitsUntilTheFirstAdministratorLetsItIn() throws Exception {
        String seed = becomeAdministrator();
        try (HttpBrowser laterOn = new HttpBrowser(edge.listener.address().getPort())) {
            TestNode node = edge.connect();
            RegisterRequest.Builder request = EdgeTest.request(1);
            RegisterResponse asked =
                    answer(node.post(RegisterRequest.PATH, request.build().encode()));
            TestNode.Exchange waiting = node.post(
                    RegisterRequest.PATH,
                    request.followup(asked.authUrl()).build().encode());
            EdgeFixture.await(() -> edge.decisions.waiting() == 1);

            edge.clock.advance(Codes.STEP);
            Markup signIn = laterOn.open(URI.create(asked.authUrl()).getPath());
            assertEquals("Sign in", signIn.heading());
            Markup question = laterOn.submit(
                    signIn,
                    Map.of(
                            "login_name",
                            "alice",
                            "domain",
                            "home",
                            "password",
                            PASSWORD,
                            "code",
                            Codes.at(seed, edge.clock.instant())));
            assertTrue(question.text().contains(node.machine().toString()), question.text());
            assertTrue(question.text().contains("127.0.0.1, as this browser"), question.text());
            assertEquals(1, edge.decisions.waiting(), "nothing is decided yet");

            Markup done = laterOn.submit(question, Map.of("decision", "let-in"));

            assertEquals("The device is in", done.heading());
            RegisterResponse joined = answer(waiting);
            assertTrue(joined.machineAuthorized());
            assertEquals("alice", joined.login().loginName());
            assertEquals(1, edge.members().size());
        }
    }

    /** Their seed. */
    private String becomeAdministrator() throws Exception {
        String link = edge.administration.signIn().firstStart().orElseThrow().reveal();
        Markup setup = browser.open("/setup/" + link);
        String seed = setup.form().value("seed");
        Markup home = browser.submit(
                setup,
                Map.of(
                        "login_name",
                        "alice",
                        "password",
                        PASSWORD,
                        "password_again",
                        PASSWORD,
                        "code",
                        Codes.at(seed, edge.clock.instant())));
        assertTrue(home.text().contains("alice, owner of the domain home"), home.text());
        return seed;
    }

    private static RegisterResponse answer(TestNode.Exchange exchange) throws Exception {
        assertEquals(200, exchange.status());
        return RegisterResponse.decode(exchange.body());
    }
}
