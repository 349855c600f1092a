package io.penstock.node.coordination;

import io.netty.handler.ssl.NotSslRecordException;
import io.penstock.node.coordination.core.Problem;
import io.penstock.node.coordination.core.Problem.Kind;
import io.penstock.protocol.json.MalformedMessageException;
import io.penstock.transport.RecordException;
import io.penstock.transport.UpgradeException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.security.cert.CertificateException;
import java.time.Duration;
import javax.net.ssl.SSLException;

/** What exceptions of a connection mean to a node. */
final class Problems {
    private static final int BAD_REQUEST = 400;
    private static final int NOT_FOUND = 404;

    private Problems() {}

    static Problem of(Throwable thrown) {
        for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
            if (cause instanceof CertificateException) {
                return Problem.of(Kind.UNTRUSTED, "the coordinator's certificate: " + cause.getMessage());
            }
        }
        return switch (thrown) {
            case UpgradeException upgrade -> of(upgrade);
            case UnknownHostException unknown -> Problem.of(Kind.UNREACHABLE, "no address of " + unknown.getMessage());
            case ConnectException refused -> Problem.of(Kind.UNREACHABLE, String.valueOf(refused.getMessage()));
            case NotSslRecordException plain -> Problem.of(Kind.NOT_A_COORDINATOR, "no TLS is spoken there");
            case SSLException tls -> Problem.of(Kind.UNTRUSTED, "TLS: " + tls.getMessage());
            case RecordException records -> Problem.of(Kind.BROKEN, String.valueOf(records.getMessage()));
            case MalformedMessageException malformed -> Problem.of(Kind.BROKEN, String.valueOf(malformed.getMessage()));
            case IOException io -> Problem.of(Kind.ENDED, "the connection ended: " + io.getMessage());
            default -> Problem.of(Kind.BROKEN, thrown.toString());
        };
    }

    private static Problem of(UpgradeException upgrade) {
        String text = String.valueOf(upgrade.getMessage());
        return switch (upgrade.reason()) {
            case STATUS -> ofUpgradeStatus(upgrade.status(), text);
            case OTHER_PROTOCOL -> Problem.of(Kind.NOT_A_COORDINATOR, text);
            case REFUSED, ENDED_AFTER_SWITCH -> Problem.of(Kind.VERSION_REFUSED, text);
            case NOT_AUTHENTIC -> Problem.of(Kind.WRONG_KEY, text);
            case ENDED -> Problem.of(Kind.ENDED, text);
        };
    }

    /** A coordinator that has another key cannot read what we say, and calls it a bad request. */
    private static Problem ofUpgradeStatus(int status, String text) {
        return switch (status) {
            case BAD_REQUEST -> Problem.of(Kind.WRONG_KEY, text + "; perhaps the coordinator has another key");
            case NOT_FOUND -> Problem.of(Kind.NOT_A_COORDINATOR, text);
            default -> Problem.ofStatus(status, text, Duration.ZERO);
        };
    }
}
