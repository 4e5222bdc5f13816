// Small helps for staff pages; every page works without them.
const root = document.documentElement;

function currentTheme() {
  return root.dataset.theme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
}

function turnTheme() {
  const theme = currentTheme() === "dark" ? "light" : "dark";
  root.dataset.theme = theme;
  localStorage.setItem("theme", theme);
}

async function copy(button) {
  await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
  const words = button.querySelector("span");
  const before = words.textContent;
  words.textContent = button.dataset.copied;
  setTimeout(() => { words.textContent = before; }, 2000);
}

function openDialog(event, opener) {
  const dialog = document.getElementById(opener.dataset.dialog);
  if (!dialog) return;
  event.preventDefault();
  dialog.showModal();
}

document.addEventListener("click", (event) => {
  const on = (selector) => event.target.closest(selector);
  if (on("[data-theme-switch]")) turnTheme();
  else if (on("[data-copy]")) copy(on("[data-copy]"));
  else if (on("[data-close]")) on("[data-toast]").remove();
  else if (on("[data-dialog]")) openDialog(event, on("[data-dialog]"));
  else if (event.target.matches("dialog")) event.target.close();
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

// As cards on a phone, tables lose their meaning in some browsers (display: block); HTML allows no such role in the markup.
const ROLES = {
  ".table": "table", ".table thead, .table tbody": "rowgroup", ".table tr": "row",
  ".table thead th": "columnheader", ".table tbody th": "rowheader", ".table td": "cell",
};

function keepTableRoles() {
  for (const [selector, role] of Object.entries(ROLES)) {
    for (const part of document.querySelectorAll(selector)) part.setAttribute("role", role);
  }
}

keepTableRoles();
document.addEventListener("htmx:afterSwap", keepTableRoles);

// What needs a script appears only where scripts run.
for (const button of document.querySelectorAll("[data-copy], [data-close], [data-theme-switch]")) button.hidden = false;
document.querySelector("[data-focus]")?.focus();

// The seconds of a mailing's hold; the page asks the server itself whether the mailing was sent.
const countdown = document.querySelector("[data-countdown]");
if (countdown) {
  const language = new Intl.NumberFormat(root.lang);
  const end = Date.now() + 1000 * Number(countdown.dataset.countdown);
  setInterval(() => {
    countdown.textContent = language.format(Math.max(0, Math.ceil((end - Date.now()) / 1000)));
  }, 250);
}

// The button that schedules names the chosen time, a clock reading in the organisation's zone.
const schedule = document.querySelector("[data-schedule]");
function nameMoment() {
  const chosen = schedule.closest("form").elements.at.value;
  if (!chosen) return;
  const words = new Intl.DateTimeFormat(root.lang, { dateStyle: "medium", timeStyle: "short" });
  schedule.textContent = schedule.dataset.schedule.replace("{moment}", words.format(new Date(chosen)));
}
if (schedule) {
  schedule.closest("form").elements.at.addEventListener("input", nameMoment);
  nameMoment();
}
