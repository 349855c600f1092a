package io.penstock.server.login;

import com.nimbusds.oauth2.sdk.token.RefreshToken;
import com.nimbusds.openid.connect.sdk.claims.ClaimsSet;
import com.nimbusds.openid.connect.sdk.claims.IDTokenClaimsSet;
import com.nimbusds.openid.connect.sdk.claims.UserInfo;
import io.penstock.server.admin.Vouched;
import io.penstock.server.model.IdentityProvider;
import io.penstock.server.model.OAuth2Endpoints;
import io.penstock.server.model.SamlSettings;
import io.penstock.server.saml.Assertion;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads what a token or an assertion, which was judged before, and the provider's user info say of somebody. Pure. */
final class Claims {
    static final int MAX_GROUPS = 500;

    private static final System.Logger LOG = System.getLogger(Claims.class.getName());
    private static final String MAIL = "email";

    /** Where providers of Microsoft's say by what somebody signed in, as {@code amr} does elsewhere. */
    private static final String METHODS = "http://schemas.microsoft.com/claims/authnmethodsreferences";

    private static final Pattern MAIL_FORM = Pattern.compile("[^\\s@\\p{Cntrl}]{1,64}@[a-z0-9.-]{1,180}");
    private static final Pattern GROUP_FORM = Pattern.compile("[^\\s\\p{Cntrl}]{1,200}");

    private Claims() {}

    /** Whether the user info might say what the token does not, so that it is worth a request. */
    static boolean areIncomplete(IdentityProvider provider, IDTokenClaimsSet token) {
        return token.getClaim(MAIL) == null
                || (!provider.groupsClaim().isEmpty() && token.getClaim(provider.groupsClaim()) == null);
    }

    /** @param userInfo of the same subject; null if it was not asked for */
    static Vouched vouched(
            IdentityProvider provider,
            IDTokenClaimsSet token,
            @Nullable UserInfo userInfo,
            @Nullable RefreshToken refresh) {
        Set<String> groups = null;
        if (!provider.groupsClaim().isEmpty()) {
            groups = groups(provider, token.getClaim(provider.groupsClaim()));
            if (groups == null && userInfo != null) {
                groups = groups(provider, userInfo.getClaim(provider.groupsClaim()));
            }
        }
        String name = text(token, userInfo, "name");
        String sid = token.getStringClaim("sid");
        return new Vouched(
                token.getSubject().getValue(),
                name == null ? "" : name,
                verifiedMail(token, userInfo),
                groups,
                sid,
                hasSecondFactor(provider, token),
                refresh == null ? null : refresh.getValue(),
                null);
    }

    /** @param userInfo of that subject; null if there is none */
    static Vouched vouchedAgain(
            IdentityProvider provider, String subject, @Nullable UserInfo userInfo, @Nullable RefreshToken refresh) {
        return new Vouched(
                subject,
                "",
                userInfo == null ? null : verifiedMail(userInfo, null),
                userInfo == null || provider.groupsClaim().isEmpty()
                        ? null
                        : groups(provider, userInfo.getClaim(provider.groupsClaim())),
                null,
                false,
                refresh == null ? null : refresh.getValue(),
                null);
    }

    /**
     * What the user info of a provider without OpenID Connect says.
     *
     * @throws RefusedException if it does not say who somebody is
     */
    static Vouched vouched(
            IdentityProvider provider,
            OAuth2Endpoints endpoints,
            Map<String, Object> userInfo,
            @Nullable RefreshToken refresh)
            throws RefusedException {
        String mail = isVerified(endpoints, userInfo) && userInfo.get(endpoints.mailField()) instanceof String said
                ? said.toLowerCase(Locale.ROOT)
                : "";
        return new Vouched(
                subject(userInfo.get(endpoints.subjectField())),
                userInfo.get(endpoints.nameField()) instanceof String name ? name : "",
                MAIL_FORM.matcher(mail).matches() ? mail : null,
                provider.groupsClaim().isEmpty() ? null : groups(provider, userInfo.get(provider.groupsClaim())),
                null,
                false,
                refresh == null ? null : refresh.getValue(),
                null);
    }

    /**
     * What an assertion of a provider of SAML says, which was judged before.
     *
     * @throws RefusedException if it does not say who somebody is, or only for this once
     */
    static Vouched vouched(IdentityProvider provider, SamlSettings settings, Assertion assertion)
            throws RefusedException {
        String said = first(assertion, settings.mailAttribute());
        String mail = said == null ? "" : said.toLowerCase(Locale.ROOT);
        String verified = first(assertion, settings.verifiedAttribute());
        boolean isVerified = settings.verifiedAttribute().isEmpty() || "true".equals(verified) || "1".equals(verified);
        String name = first(assertion, settings.nameAttribute());
        return new Vouched(
                subject(settings, assertion),
                name == null ? "" : name,
                isVerified && MAIL_FORM.matcher(mail).matches() ? mail : null,
                provider.groupsClaim().isEmpty()
                        ? null
                        : groups(provider, assertion.attributes().get(provider.groupsClaim())),
                assertion.sessionIndex(),
                provider.secondFactor()
                        .isProvenBy(
                                assertion.authnContext(), assertion.attributes().getOrDefault(METHODS, List.of())),
                null,
                assertion.sessionEnds());
    }

    private static @Nullable String first(Assertion assertion, String attribute) {
        List<String> values =
                attribute.isEmpty() ? null : assertion.attributes().get(attribute);
        return values == null || values.isEmpty() ? null : values.getFirst();
    }

    private static String subject(SamlSettings settings, Assertion assertion) throws RefusedException {
        if (!settings.subjectAttribute().isEmpty()) {
            List<String> values = assertion.attributes().getOrDefault(settings.subjectAttribute(), List.of());
            if (values.size() != 1 || values.getFirst().isBlank()) {
                throw new RefusedException("its attribute " + settings.subjectAttribute() + ", which has to say who"
                        + " somebody is, has " + values.size() + " values");
            }
            return values.getFirst();
        }
        String format = assertion.nameFormat();
        String wanted = settings.nameIds().format();
        if (format.equals(SamlSettings.NameIds.TRANSIENT_FORMAT) || !(wanted.isEmpty() || wanted.equals(format))) {
            throw new RefusedException("the name of its subject is of the format " + format
                    + (wanted.isEmpty() ? ", by which nobody is known again" : ", not " + wanted));
        }
        return assertion.name();
    }

    private static boolean isVerified(OAuth2Endpoints endpoints, Map<String, Object> userInfo) {
        return endpoints.verifiedField().isEmpty() || Boolean.TRUE.equals(userInfo.get(endpoints.verifiedField()));
    }

    private static String subject(@Nullable Object said) throws RefusedException {
        String subject =
                switch (said) {
                    case String text -> text;
                    case Long number -> number.toString();
                    case Integer number -> number.toString();
                    case null, default -> "";
                };
        if (subject.isBlank()) {
            throw new RefusedException("the user info does not say who somebody is");
        }
        return subject;
    }

    /** Only the token is asked, which the provider has signed; a name for a level that is not text is none. */
    private static boolean hasSecondFactor(IdentityProvider provider, IDTokenClaimsSet token) {
        String acr = token.getClaim("acr") instanceof String text ? text : "";
        List<String> amr = token.getClaim("amr") instanceof List<?> said
                ? said.stream()
                        .filter(String.class::isInstance)
                        .map(String.class::cast)
                        .toList()
                : List.of();
        return provider.secondFactor().isProvenBy(acr, amr);
    }

    private static @Nullable String text(ClaimsSet token, @Nullable ClaimsSet userInfo, String name) {
        return token.getClaim(name) instanceof String said
                ? said
                : userInfo != null && userInfo.getClaim(name) instanceof String told ? told : null;
    }

    /** Address and verification from one place: a token's "verified" says nothing of the user info's address. */
    private static @Nullable String verifiedMail(ClaimsSet token, @Nullable ClaimsSet userInfo) {
        ClaimsSet source = token.getClaim(MAIL) != null || userInfo == null ? token : userInfo;
        boolean isVerified = Boolean.TRUE.equals(source.getClaim("email_verified"));
        if (!isVerified || !(source.getClaim(MAIL) instanceof String mail)) {
            return null;
        }
        String lower = mail.toLowerCase(Locale.ROOT);
        return MAIL_FORM.matcher(lower).matches() ? lower : null;
    }

    /** An array or a single text; null if there is neither. */
    private static @Nullable Set<String> groups(IdentityProvider provider, @Nullable Object claim) {
        List<?> said;
        if (claim instanceof String one) {
            said = List.of(one);
        } else if (claim instanceof List<?> several) {
            said = several;
        } else {
            return null;
        }
        Set<String> groups = new TreeSet<>();
        int ignored = 0;
        for (Object value : said) {
            if (groups.size() < MAX_GROUPS
                    && value instanceof String text
                    && GROUP_FORM.matcher(text).matches()) {
                groups.add(text);
            } else {
                ignored++;
            }
        }
        if (ignored > 0) {
            LOG.log(
                    Level.WARNING,
                    "provider {0}: {1} groups of somebody are ignored: more than {2}, or names with spaces",
                    provider.name(),
                    ignored,
                    MAX_GROUPS);
        }
        return groups;
    }
}
