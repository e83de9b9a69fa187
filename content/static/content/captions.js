// In Wagtail's editor: captions are read from a file into their field, so that nobody opens and copies it.
// The field stays what is stored, checked and compared; .srt files differ by their head and their commas.

const decode = (bytes) => {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder("gb18030").decode(bytes);
  }
};

const asVtt = (text) =>
  text.startsWith("WEBVTT")
    ? text
    : `WEBVTT\n\n${text.replace(/(\d),(\d{3})(?=\s*-->|\s|$)/g, "$1.$2").trimStart()}`;

document.addEventListener("change", async (event) => {
  const picked = event.target.closest?.("[data-captions-file]");
  const file = picked?.files[0];
  if (!file) return;
  const text = decode(await file.arrayBuffer()).replace(/\r\n?/g, "\n");
  const field = document.querySelector("[name=captions]");
  const isCaptions = text.startsWith("WEBVTT") || /^\s*\d*\s*\d\d:\d\d:\d\d,\d{3}\s+-->/.test(text);
  picked.setCustomValidity(isCaptions ? "" : picked.dataset.refused);
  picked.reportValidity();
  picked.value = ""; // the same file may be read again after it was mended
  if (!isCaptions) return;
  field.value = asVtt(text);
  for (const kind of ["input", "change"]) field.dispatchEvent(new Event(kind, { bubbles: true }));
  field.focus();
});
