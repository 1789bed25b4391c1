// Stands in for the bundle that Vite would make of the modules' pages: it says which page the server answered with, and for
// whom, and signs in and out.
const page = JSON.parse(document.querySelector("script[data-page=app]").textContent);
const { auth, errors } = page.props;
const show = (tag, content, more = {}) =>
  document.body.appendChild(Object.assign(document.createElement(tag), { textContent: content, ...more }));

document.title = page.component;
show("h1", page.component);
show("p", auth?.user ? `Signed in as ${auth.user.email}` : "Not signed in");
for (const [field, mistake] of Object.entries(errors ?? {})) show("p", `${field}: ${mistake}`);

if (!auth?.user) {
  const form = show("form", "");
  for (const [name, type] of [
    ["username", "email"],
    ["password", "password"],
  ]) {
    form.append(
      Object.assign(document.createElement("input"), { name, type, placeholder: name, required: true }),
    );
  }
  form.append(Object.assign(document.createElement("button"), { textContent: "Sign in" }));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const answer = await fetch("/api/users/auth/login", {
      method: "POST",
      body: new URLSearchParams(new FormData(form)),
    });
    if (answer.ok) location.assign(page.props.homeUrl ?? "/");
    else show("p", `Refused: ${answer.status}`);
  });
}
