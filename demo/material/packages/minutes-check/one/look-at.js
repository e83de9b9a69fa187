// A record of five lines; each is opened once to read what makes it useful.

const lines = [
  ["时间：6 月 12 日 19:00 至 20:25；地点：社区活动室；主持人：陶敏；记录人：许立", "写到几点几分，谁主持、谁记录。日后有疑问，知道去问谁。"],
  ["应到 14 人，实到 12 人；请假 2 人：方宁（住院）、贺春（值班）", "缺席的人和原因都在。实到人数是表决的底数。"],
  ["议题：楼道堆物怎样清理", "一句话说清商量什么，后面的意见都对着它。"],
  ["不同意见：罗工认为限期太短，理由是三楼住户出差未归", "用“某某认为……，理由是……”的句式，不同意见照实记。"],
  ["结果：同意 11 票，反对 1 票，弃权 0 票。许立联系物业，6 月 20 日前清完", "三个票数相加等于实到人数；做什么、谁来做、哪天前做完，一样不缺。"],
];

const seen = new Set((scorm.get("cmi.suspend_data") || "").split(",").filter(Boolean).map(Number));
const where = document.getElementById("where");
const stage = document.getElementById("stage");

function say() {
  where.textContent =
    seen.size < lines.length
      ? `逐行点开，看看好在哪里：已看 ${seen.size} 行，共 ${lines.length} 行。`
      : "五行都看过了，可以进入下一部分。";
}

function keep() {
  scorm.set("cmi.suspend_data", [...seen].join(","));
  scorm.set("cmi.location", seen.size);
  scorm.set("cmi.completion_status", seen.size === lines.length ? "completed" : "incomplete");
  scorm.commit();
}

for (const [at, [line, why]] of lines.entries()) {
  const button = element("button", line, "choice");
  button.type = "button";
  button.setAttribute("aria-expanded", String(seen.has(at)));
  const said = element("p", why, "why");
  said.hidden = !seen.has(at);
  button.addEventListener("click", () => {
    said.hidden = false;
    button.setAttribute("aria-expanded", "true");
    seen.add(at);
    say();
    keep();
  });
  stage.append(button, said);
}
say();
