// A certified OpenID provider (npm oidc-provider) on loopback for the tests: clients, people and lifetimes by JSON in
// the only argument; prints "ready" when it listens. Its sign-in page is one form with a button for each person.
import Provider, { interactionPolicy } from "oidc-provider";

/** @type {{port: number, clients: object[], people: Record<string, object>, accessSeconds?: number}} */
const setup = JSON.parse(process.argv[2]);
const issuer = `http://127.0.0.1:${setup.port}`;
const escape = (text) => String(text).replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
const page = (title, body) => `<!doctype html><html lang="en"><title>${title}</title><h1>${title}</h1>${body}`;

const policy = interactionPolicy.base();
policy.remove("consent");

const provider = new Provider(issuer, {
  clients: setup.clients,
  claims: {
    openid: ["sub", "auth_time", "amr"],
    email: ["email", "email_verified"],
    profile: ["name", "given_name", "family_name", "groups", "realm_access"],
  },
  conformIdTokenClaims: false,
  cookies: { keys: ["of these tests only"] },
  features: {
    devInteractions: { enabled: false },
    backchannelLogout: { enabled: true },
    rpInitiatedLogout: {
      enabled: true,
      logoutSource(ctx, form) {
        ctx.body = page("Sign out?", `${form}<button form="op.logoutForm" name="logout" value="yes">Yes, sign out</button>`);
      },
    },
  },
  // its own guard against calls to the inside is left out: here everybody is on loopback
  fetch: (url, { dispatcher: _, ...options }) => globalThis.fetch(url, options),
  findAccount: (_, id) =>
    setup.people[id] && { accountId: id, claims: () => ({ sub: id, ...setup.people[id] }) },
  interactions: { policy, url: (_, interaction) => `/interaction/${interaction.uid}` },
  issueRefreshToken: async () => true,
  rotateRefreshToken: true,
  async loadExistingGrant(ctx) {
    const { clientId } = ctx.oidc.client;
    const grant = new ctx.oidc.provider.Grant({ clientId, accountId: ctx.oidc.session.accountId });
    grant.addOIDCScope("openid email profile offline_access");
    await grant.save();
    return grant;
  },
  ttl: { AccessToken: setup.accessSeconds ?? 300, Session: 86400, Grant: 86400, Interaction: 600, IdToken: 600, RefreshToken: 86400 },
});

provider.use(async (ctx, next) => {
  const [, place, uid] = ctx.path.split("/");
  if (place !== "interaction" || !uid) return next();
  if (ctx.method === "POST") {
    const who = new URL(ctx.url, issuer).searchParams.get("who");
    const result = who === "nobody" ? { error: "access_denied" } : { login: { accountId: who, amr: ["pwd", "otp"] } };
    return provider.interactionFinished(ctx.req, ctx.res, result, { mergeWithLastSubmission: false });
  }
  const buttons = [...Object.keys(setup.people), "nobody"].map(
    (who) => `<form method="post" action="/interaction/${uid}?who=${escape(who)}"><button>${escape(who)}</button></form>`,
  );
  ctx.type = "html";
  ctx.body = page("Who are you?", buttons.join(""));
});

provider.on("backchannel.error", (_, error) => console.log("logout not delivered:", error.message, error.cause));
provider.listen(setup.port, "127.0.0.1", () => console.log("ready"));
