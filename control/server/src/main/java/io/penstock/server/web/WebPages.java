package io.penstock.server.web;

import io.penstock.server.admin.Administration;
import io.penstock.server.admin.DeviceOperations;
import io.penstock.server.admin.SignIn;
import io.penstock.server.http.PageRequest;
import io.penstock.server.http.PageResponse;
import io.penstock.server.http.Pages;
import io.penstock.server.login.OidcLogin;
import io.penstock.server.metrics.MetricsText;
import io.penstock.server.model.Token;
import io.penstock.server.passkey.PasskeyCheck;
import io.penstock.server.passkey.RelyingParty;
import io.penstock.server.registry.NodeRegistry;
import io.penstock.server.store.StoreException;
import io.penstock.server.web.Visit.Visitor;
import io.penstock.wireguard.Entropy;
import java.lang.System.Logger.Level;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The coordinator's pages. To get one changes nothing; what changes something is posted, by a form that we gave to this browser in
 * this session, or by a provider that signs what it says. Thread-safe.
 */
public final class WebPages implements Pages {
    /** Where a one-time link makes an administrator; its secret follows. */
    public static final String SETUP_PATH = "/setup/";

    private static final System.Logger LOG = System.getLogger(WebPages.class.getName());
    private static final String GET = "GET";
    private static final String POST = "POST";

    private final SignIn signIn;
    private final Entropy entropy;
    private final boolean isPublicSecure;
    private final Initiators initiators;
    private final PageCounters counters = new PageCounters();
    private final Asset style = Asset.style();
    private final Asset script = Asset.passkeyScript();
    private final Layout layout = new Layout(style, script);
    private final LoginPage login;
    private final ProviderPage providerPage;
    private final SetupPage setup;
    private final RecoveryPage recovery;
    private final DevicePage device;
    private final FactorPage factor;
    private final HomePage home;
    private final MachinesPage machines;
    private final UsersPage users;
    private final KeysPage keys;
    private final PolicyPage policy;

    /**
     * Pages over what they do not own.
     *
     * @param publicUrl how browsers call the coordinator; if by https, cookies go over TLS only, also behind a proxy
     * @param entropy thread-safe
     */
    public WebPages(
            Administration administration, NodeRegistry registry, OidcLogin providers, URI publicUrl, Entropy entropy) {
        signIn = administration.signIn();
        this.entropy = entropy;
        isPublicSecure = "https".equalsIgnoreCase(publicUrl.getScheme());
        initiators = new Initiators(publicUrl);
        login = new LoginPage(layout, signIn, providers, counters);
        providerPage = new ProviderPage(layout, providers, login, counters);
        recovery = new RecoveryPage(layout, signIn);
        setup = new SetupPage(layout, signIn, login, String.valueOf(publicUrl.getHost()));
        factor = new FactorPage(
                layout,
                administration.secondFactors(),
                login,
                String.valueOf(publicUrl.getHost()),
                RelyingParty.of(publicUrl).map(PasskeyCheck::new).orElse(null));
        DeviceOperations devices = administration.devices(registry);
        device = new DevicePage(layout, devices, login, factor::prove);
        home = new HomePage(layout, devices, administration.nodes(), recovery, counters);
        machines = new MachinesPage(layout, administration);
        users = new UsersPage(layout, administration);
        keys = new KeysPage(layout, administration);
        policy = new PolicyPage(layout, administration.policies());
    }

    @Override
    public boolean serves(String path) {
        return of(path).isPresent();
    }

    @Override
    public boolean isWayIn(String method, String path) {
        return method.equals(POST)
                && of(path).filter(page -> page instanceof PagePath.Login
                                || page instanceof PagePath.Recovery
                                || page instanceof PagePath.Factor
                                || page instanceof PagePath.DeviceCode
                                || page instanceof PagePath.LoginWith
                                || page instanceof PagePath.Setup)
                        .isPresent();
    }

    private Optional<PagePath> of(String path) {
        return PagePath.of(path, style.path(), script.path());
    }

    @Override
    public boolean takesFormsFromElsewhere(String method, String path) {
        return method.equals(POST)
                && of(path).filter(PagePath.LoginFrom.class::isInstance).isPresent();
    }

    @Override
    public PageResponse tooManyAttempts() {
        PageResponse page = layout.plain(
                429,
                "Too many attempts",
                Html.of(
                        Tag.P,
                        "There were too many attempts from your address. Wait a minute, go back and try again."));
        List<PageResponse.Header> headers = new ArrayList<>(page.headers());
        headers.add(new PageResponse.Header("Retry-After", "60"));
        return new PageResponse(page.status(), headers, page.body());
    }

    @Override
    public void write(MetricsText out) {
        counters.write(out);
    }

    @Override
    public PageResponse handle(PageRequest request) {
        PagePath path = of(request.path()).orElseThrow();
        if (path instanceof PagePath.Style) {
            return style.response();
        }
        if (path instanceof PagePath.Script) {
            return script.response();
        }
        try {
            Cookies cookies = new Cookies(isPublicSecure || request.isSecure());
            Visit visit = Visit.of(request, cookies, signIn, entropy);
            return switch (request.method()) {
                case GET, "HEAD" -> get(visit, path);
                case POST -> post(visit, path);
                default -> notAllowed("GET, HEAD, POST");
            };
        } catch (StoreException e) {
            LOG.log(Level.ERROR, "a page failed", e);
            return layout.plain(
                    503,
                    "Not at the moment",
                    Html.of(Tag.P, "The coordinator cannot do this at the moment; its log says why."));
        }
    }

    private PageResponse get(Visit visit, PagePath path) {
        return switch (path) {
            case PagePath.Home page -> home.show(visit);
            case PagePath.Login page -> login.show(visit);
            case PagePath.Logout out -> notAllowed(POST);
            case PagePath.Recovery page -> recovery.show(visit);
            case PagePath.LoginWith page -> Layout.seeOther(PagePath.LOGIN);
            case PagePath.LoginFrom page -> providerPage.takeBack(visit, page.provider());
            case PagePath.LoginBack page -> providerPage.comeFor(visit, page.state());
            case PagePath.LoginMetadata page -> providerPage.metadata(page.provider());
            case PagePath.LogoutFrom page -> notAllowed(POST);
            case PagePath.Setup page -> setup.show(visit, page.link());
            case PagePath.Device page -> device.show(visit, page.link());
            case PagePath.Style sheet -> style.response();
            case PagePath.Script page -> script.response();
            case PagePath.Factor page -> factor.prove(visit, null);
            case PagePath.Factors page -> factor.show(visit);
            case PagePath.DeviceCode page -> home.showCode(visit);
            case PagePath.Machines page -> machines.list(visit);
            case PagePath.Machine page -> machines.show(visit, page.id());
            case PagePath.Users page -> users.list(visit);
            case PagePath.OneUser page -> users.show(visit, page.id());
            case PagePath.Keys page -> keys.list(visit);
            case PagePath.Policy page -> policy.show(visit);
        };
    }

    private PageResponse post(Visit visit, PagePath path) {
        return switch (path) {
            case PagePath.Login page -> checked(visit, PagePath.LOGIN, () -> login.signIn(visit));
            case PagePath.Logout out -> checked(visit, PagePath.LOGOUT, () -> login.signOut(visit));
            case PagePath.Recovery page -> checked(visit, PagePath.RECOVERY, () -> recovery.make(visit));
            case PagePath.LoginWith page ->
                checked(visit, PagePath.loginWith(page.provider()), () -> providerPage.sendOff(visit, page.provider()));
            case PagePath.LoginFrom page -> providerPage.receive(visit, page.provider());
            case PagePath.LoginBack page -> notAllowed(GET);
            case PagePath.LoginMetadata page -> notAllowed(GET);
            case PagePath.LogoutFrom page -> providerPage.hear(visit, page.provider());
            case PagePath.Setup page -> postSetup(visit, page.link());
            case PagePath.Device page -> postDevice(visit, page.link());
            case PagePath.Home page -> notAllowed(GET);
            case PagePath.Style sheet -> notAllowed(GET);
            case PagePath.Script page -> notAllowed(GET);
            case PagePath.Factor page -> checked(visit, PagePath.FACTOR, () -> factor.take(visit));
            case PagePath.Factors page -> checked(visit, PagePath.FACTORS, () -> factor.change(visit));
            case PagePath.DeviceCode page -> checked(visit, PagePath.DEVICE_CODE, () -> home.enter(visit));
            case PagePath.Machines page -> notAllowed(GET);
            case PagePath.Machine page ->
                checked(visit, PagePath.machine(page.id()), () -> machines.change(visit, page.id()));
            case PagePath.Users page -> checked(visit, PagePath.USERS, () -> users.add(visit));
            case PagePath.OneUser page ->
                checked(visit, PagePath.user(page.id()), () -> users.change(visit, page.id()));
            case PagePath.Keys page -> checked(visit, PagePath.KEYS, () -> keys.change(visit));
            case PagePath.Policy page -> checked(visit, PagePath.POLICY, () -> policy.change(visit));
        };
    }

    private PageResponse postSetup(Visit visit, @Nullable Token link) {
        return link == null
                ? setup.show(visit, null)
                : checked(visit, PagePath.setup(link), () -> setup.accept(visit, link));
    }

    /** Whoever is not signed in any more signs in and decides then. */
    private PageResponse postDevice(Visit visit, @Nullable Token link) {
        if (link == null || visit.visitor().isEmpty()) {
            return device.show(visit, link);
        }
        Visitor visitor = visit.visitor().get();
        return checked(visit, PagePath.device(link), () -> device.decide(visit, visitor, link));
    }

    private PageResponse checked(Visit visit, OwnPath action, Supplier<PageResponse> work) {
        if (!initiators.isOurs(visit.request().initiator())) {
            counters.foreignPages.increment();
            return layout.page(visit, 403, "Refused", Layout.alert("This form was sent by a page of another site."));
        }
        if (!visit.isOwnForm(action)) {
            counters.foreignForms.increment();
            return layout.page(
                    visit,
                    403,
                    "This form is out of date",
                    Layout.alert("You have signed in or out since it was shown, or your browser keeps no cookies."),
                    Html.of(Tag.P, Html.of(Tag.A, List.of(Attribute.href(fresh(action))), "Take a new one")));
        }
        return work.get();
    }

    /** Where there is a new form in the place of this one. */
    private static OwnPath fresh(OwnPath action) {
        return action.equals(PagePath.LOGOUT) ? PagePath.HOME : action;
    }

    private PageResponse notAllowed(String methods) {
        PageResponse page = layout.plain(405, "Not this way", Html.of(Tag.P, "This page takes " + methods + "."));
        List<PageResponse.Header> headers = new ArrayList<>(page.headers());
        headers.add(new PageResponse.Header("Allow", methods));
        return new PageResponse(page.status(), headers, page.body());
    }
}
