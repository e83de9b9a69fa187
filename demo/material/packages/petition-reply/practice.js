// A SCORM 1.2 practice of four letters: choose the better answer, read why, go on where you stopped.

const letters = [
  {
    letter: "“楼道灯坏了两个月，我反映过一次，说是转给物业了，到现在没人来。”",
    choices: [
      ["已转相关部门处理，请您耐心等待。", false],
      ["楼道灯的事我们已经看过，情况属实。本周五前由物业维修组更换，承办人姓梁，换好后电话告诉您。", true],
      ["楼道照明属于物业职责，请您直接与物业联系。", false],
    ],
    why: "来信人想知道三件事：你看明白了吗，能不能办，什么时候办完、找谁。只说“已转”，等于没有答复。",
  },
  {
    letter: "“小区门口能不能加一条斑马线？接孩子的时候车很多。”经了解，该路段距离路口太近，不能施划。",
    choices: [
      ["经研究，不予支持。", false],
      ["您的建议很好，我们会认真考虑。", false],
      ["这里距离路口太近，不能施划斑马线。我们请交警在上学放学时段来疏导，下周一开始；如有不同意见，可以向区里申请复核。", true],
    ],
    why: "不能办也要直接说，讲清原因，再告诉对方还有什么办法。含糊的“会考虑”只会换来第二封信。",
  },
  {
    letter: "“噪音扰民，晚上没法睡。”信上留了电话。",
    choices: [
      ["先打电话，问清楚在哪里、几点钟、希望怎样解决，再去现场。", true],
      ["第二天上午派人带仪器去测一次，达标就答复“符合标准”。", false],
      ["回信请来信人提供录音和照片。", false],
    ],
    why: "电话里才知道是夜里十一点以后的卸货声，那就不是白天测一次能解决的。打电话比写信先一步。",
  },
  {
    letter: "一位老人第三次来信，说路灯不亮。前两次答复“设施运行正常”，这次查明是九点以后定时器误关。",
    choices: [
      ["路灯现已恢复正常，感谢您对工作的支持。", false],
      ["情况属实，是定时器设错。前两次我们白天查看没有发现，给您添了麻烦；昨日已经调好，夜里又去看过。", true],
      ["经核实，前两次答复符合当时的情况。", false],
    ],
    why: "承认前两次没有看到，说清原因和结果，比一句“已恢复正常”更让人信服。",
  },
];

// --- SCORM: the interface is looked for where the standard says, from here upwards -----------------

function findApi(start) {
  let place = start;
  for (let steps = 0; steps < 8; steps += 1) {
    try {
      if (place.API) return place.API;
      if (place.parent === place) break;
      place = place.parent;
    } catch {
      break;
    }
  }
  return null;
}

const api = findApi(window);
api?.LMSInitialize("");
const get = (name) => api?.LMSGetValue(name) ?? "";
const set = (name, value) => api?.LMSSetValue(name, String(value));

// --- the practice ---------------------------------------------------------------------------------

const stage = document.getElementById("stage");
const where = document.getElementById("where");
let answers = [];
try {
  answers = JSON.parse(get("cmi.suspend_data")) ?? [];
} catch {
  answers = [];
}

function keep() {
  const right = answers.filter(Boolean).length;
  set("cmi.suspend_data", JSON.stringify(answers));
  set("cmi.core.lesson_location", answers.length);
  set("cmi.core.score.min", 0);
  set("cmi.core.score.max", 100);
  if (answers.length === letters.length) {
    const score = Math.round((100 * right) / letters.length);
    set("cmi.core.score.raw", score);
    set("cmi.core.lesson_status", score >= 75 ? "passed" : "failed");
  } else {
    set("cmi.core.lesson_status", "incomplete");
  }
  api?.LMSCommit("");
}

function element(tag, text, className = "") {
  const made = document.createElement(tag);
  made.textContent = text;
  made.className = className;
  return made;
}

function ask(at) {
  const { letter, choices, why } = letters[at];
  where.textContent = `第 ${at + 1} 封，共 ${letters.length} 封`;
  const heading = element("h2", "怎样答复更好？");
  const buttons = choices.map(([text, right]) => {
    const button = element("button", text, "choice");
    button.type = "button";
    button.addEventListener("click", () => {
      answers.push(right);
      keep();
      for (const [place, each] of buttons.entries()) {
        each.disabled = true;
        if (choices[place][1]) {
          each.classList.add("right");
          each.textContent = `✓ ${each.textContent}`;
        }
      }
      if (!right) {
        button.classList.add("wrong");
        button.textContent = `✗ ${button.textContent}`;
      }
      const said = element("p", why, "why");
      said.setAttribute("role", "status");
      const next = element("button", at + 1 < letters.length ? "下一封" : "看结果", "next");
      next.type = "button";
      next.addEventListener("click", go);
      stage.append(said, next);
      next.focus();
    });
    return button;
  });
  stage.replaceChildren(element("p", letter, "letter"), heading, ...buttons);
}

function finish() {
  const right = answers.filter(Boolean).length;
  where.textContent = "练习完成";
  const again = element("button", "再练一遍", "next");
  again.type = "button";
  again.addEventListener("click", () => {
    answers = [];
    go();
  });
  stage.replaceChildren(
    element("p", `四封来信，选对 ${right} 封。`, "letter"),
    element("p", "答复的四段：复述、结果、依据和经过、下一步。下次动笔之前，先问自己：来信人读完，还会再写一封吗？"),
    ...(right < 3 ? [again] : []),
  );
}

function go() {
  if (answers.length < letters.length) ask(answers.length);
  else finish();
}

window.addEventListener("pagehide", () => api?.LMSFinish(""));
go();
