package io.penstock.cli.live.browser;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.penstock.cli.live.Await;
import io.penstock.cli.live.Program;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.function.Supplier;

/** A page, and what a person does with it: reads, types, presses. Each waits until there is something to do it with. */
public final class Tab {
    private static final Duration LIMIT = Duration.ofSeconds(90);

    /** Gone with the next build: pictures for people to look at. */
    private static final Path PICTURES = Program.checkout().resolve("control/cli/target/screenshots");

    private final Chromium chromium;
    private final String session;

    Tab(Chromium chromium, String session) {
        this.chromium = chromium;
        this.session = session;
        ask("Page.enable", Chromium.object());
    }

    JsonNode ask(String method, ObjectNode parameters) {
        return chromium.ask(session, method, parameters);
    }

    /** Types an address. */
    public Tab open(String url) {
        ask("Page.navigate", Chromium.object().put("url", url));
        return this;
    }

    /** What a script says of the page; text. Empty while the page is just being left. */
    public String tell(String script) {
        return tell("String(" + script + ")", false);
    }

    /** What a script says that takes its time; not for a page that runs no script. */
    String tellLater(String script) {
        return tell("(async () => String(await (" + script + ")))()", true);
    }

    private String tell(String script, boolean later) {
        ObjectNode wanted = Chromium.object()
                .put("expression", script)
                .put("awaitPromise", later)
                .put("returnByValue", true);
        try {
            return ask("Runtime.evaluate", wanted).path("result").path("value").asText();
        } catch (Chromium.RefusedException e) {
            return "";
        }
    }

    public String url() {
        return tell("location.href");
    }

    /** What is to be read on it. */
    public String text() {
        return tell("document.body ? document.body.innerText : ''");
    }

    /** Waits until that can be read on the page, and the page is all there. */
    public Tab awaitText(String text) {
        await("'" + text + "'", () -> text().contains(text) && isComplete());
        return this;
    }

    /** Waits until there is such an element. */
    public Tab awaitElement(String selector) {
        await(selector, () -> isComplete() && has(selector));
        return this;
    }

    public boolean has(String selector) {
        return tell("document.querySelector(" + quoted(selector) + ") !== null").equals("true");
    }

    private boolean isComplete() {
        return tell("document.readyState").equals("complete");
    }

    private void await(String what, Supplier<Boolean> condition) {
        try {
            Await.until(what, LIMIT, condition::get);
        } catch (AssertionError e) {
            throw new AssertionError(e.getMessage() + "; the page " + url() + " shows:\n" + text(), e);
        }
    }

    /** Fills in a field, in the place of what it holds. */
    public Tab type(String selector, String text) {
        awaitElement(selector);
        press(selector);
        tell("document.querySelector(" + quoted(selector) + ").select()");
        ask("Input.insertText", Chromium.object().put("text", text));
        return this;
    }

    /** Presses with the mouse in the middle of an element; a tab behind another hears of no mouse. */
    public Tab press(String selector) {
        awaitElement(selector);
        ask("Page.bringToFront", Chromium.object());
        String[] at = tell("(() => { const e = document.querySelector(" + quoted(selector)
                        + "); e.scrollIntoView({block: 'center', behavior: 'instant'}); const r = e.getBoundingClientRect();"
                        + " return (r.x + r.width / 2) + ' ' + (r.y + r.height / 2); })()")
                .split(" ", -1);
        for (String type : new String[] {"mousePressed", "mouseReleased"}) {
            ask(
                    "Input.dispatchMouseEvent",
                    Chromium.object()
                            .put("type", type)
                            .put("x", Double.parseDouble(at[0]))
                            .put("y", Double.parseDouble(at[1]))
                            .put("button", "left")
                            .put("clickCount", 1));
        }
        return this;
    }

    /** Presses the button or link that says so. */
    public Tab pressText(String label) {
        String find =
                "[...document.querySelectorAll('button, a, input[type=submit]')].find(e => (e.innerText || e.value ||"
                        + " '').trim() === " + quoted(label) + ")";
        await(
                "a button '" + label + "'",
                () -> isComplete() && tell(find + " !== undefined").equals("true"));
        tell(find + ".setAttribute('data-pressed', '')");
        return press("[data-pressed]");
    }

    /** Looks at it on another screen, such as a phone's, from now on. */
    public Tab resize(int widthPx, int heightPx) {
        ask(
                "Emulation.setDeviceMetricsOverride",
                Chromium.object()
                        .put("width", widthPx)
                        .put("height", heightPx)
                        .put("deviceScaleFactor", 1)
                        .put("mobile", widthPx < 500));
        return this;
    }

    /** As somebody who likes dark pages, or light ones. */
    public Tab prefer(boolean dark) {
        ObjectNode wanted = Chromium.object();
        wanted.putArray("features")
                .addObject()
                .put("name", "prefers-color-scheme")
                .put("value", dark ? "dark" : "light");
        ask("Emulation.setEmulatedMedia", wanted);
        return this;
    }

    /** As somebody whose browser runs no script; what the test asks of a page still works. */
    public Tab withoutScript() {
        ask("Emulation.setScriptExecutionDisabled", Chromium.object().put("value", true));
        return this;
    }

    /** Plugs in an authenticator for passkeys, whose owner is at hand and touches it. */
    public void addAuthenticator() {
        ask("WebAuthn.enable", Chromium.object());
        ObjectNode wanted = Chromium.object();
        wanted.putObject("options")
                .put("protocol", "ctap2")
                .put("transport", "usb")
                .put("hasUserVerification", true)
                .put("isUserVerified", true)
                .put("automaticPresenceSimulation", true);
        ask("WebAuthn.addVirtualAuthenticator", wanted);
    }

    private static String quoted(String text) {
        return new TextNode(text).toString();
    }

    /** A picture of the whole page, under that name beside what the build makes. */
    public Tab picture(String name) {
        JsonNode picture = ask(
                "Page.captureScreenshot", Chromium.object().put("format", "png").put("captureBeyondViewport", true));
        try {
            Files.createDirectories(PICTURES);
            Files.write(
                    PICTURES.resolve(name + ".png"),
                    Base64.getDecoder().decode(picture.path("data").asText()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return this;
    }
}
