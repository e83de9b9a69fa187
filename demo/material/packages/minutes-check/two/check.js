// Six sentences of a record; the three that help nobody are to be marked.

const sentences = [
  ["会议 18:30 开始，19:40 结束，主持人杜衡，记录人苗青。", false, "时间到分，人有名字。"],
  ["大家进行了热烈讨论，一致认为会议开得很成功。", true, "没到会的人读了，不知道讨论了什么。"],
  ["应到 20 人，实到 17 人，请假 3 人，原因附后。", false, "人数和原因齐全。"],
  ["由支部委员尽快联系物业处理。", true, "哪一位委员、哪一天以前，都没有写。"],
  ["郑师傅认为应当先通知住户，理由是有人长期在外。", false, "观点和理由各占一半。"],
  ["表决：同意 15 票，反对 1 票，其余略。", true, "三个票数相加应当等于实到人数，不能写“其余略”。"],
];

const where = document.getElementById("where");
const stage = document.getElementById("stage");
const marked = new Set((scorm.get("cmi.suspend_data") || "").split(",").filter(Boolean).map(Number));
const buttons = [];

where.textContent = "下面六句摘自一份记录。点选三句不合用的，再对照说明。";
for (const [at, [text]] of sentences.entries()) {
  const button = element("button", text, "choice");
  button.type = "button";
  button.setAttribute("aria-pressed", String(marked.has(at)));
  button.addEventListener("click", () => {
    if (!marked.delete(at)) marked.add(at);
    button.setAttribute("aria-pressed", String(marked.has(at)));
    scorm.set("cmi.suspend_data", [...marked].join(","));
    scorm.set("cmi.completion_status", "incomplete");
  });
  buttons.push(button);
}
const done = element("button", "对照说明", "next");
done.type = "button";
done.addEventListener("click", () => {
  const right = sentences.filter(([, poor], at) => poor === marked.has(at)).length;
  const scaled = right / sentences.length;
  scorm.set("cmi.score.min", 0);
  scorm.set("cmi.score.max", 100);
  scorm.set("cmi.score.raw", Math.round(scaled * 100));
  scorm.set("cmi.score.scaled", scaled.toFixed(2));
  scorm.set("cmi.success_status", scaled >= 0.8 ? "passed" : "failed");
  scorm.set("cmi.completion_status", "completed");
  scorm.commit();
  for (const old of stage.querySelectorAll(".why")) old.remove();
  for (const [at, button] of buttons.entries()) {
    const [, poor, why] = sentences[at];
    button.classList.toggle("right", poor === marked.has(at));
    button.classList.toggle("wrong", poor !== marked.has(at));
    button.after(element("p", `${poor ? "不合用" : "合用"}：${why}`, "why"));
  }
  where.textContent = `六句判断对了 ${right} 句。${scaled >= 0.8 ? "" : "可以改过再对照。"}`;
});
stage.append(...buttons, done);
