// One key for each button or link; Tab, Enter and Space work without this file as well.
// What is pressed before the next page has come is about the pair that was there, and said already.
let pressed = false;
addEventListener("pageshow", () => { pressed = false; });
document.addEventListener("submit", (event) => {
  if (pressed) event.preventDefault();
  pressed = true;
});
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.repeat || event.target.closest("input")) return;
  for (const button of document.querySelectorAll("[data-key]")) {
    if (button.dataset.key === event.key.toLowerCase()) {
      event.preventDefault();
      button.click();
      return;
    }
  }
});
