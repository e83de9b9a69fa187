// A small runnable library of H5P: statements to be judged sound or not, each with its reason.

var H5P = H5P || {};

H5P.XiangxuJudge = (function (EventDispatcher) {
  function Judge(params, contentId, extras) {
    EventDispatcher.call(this);
    this.params = params;
    this.contentId = contentId;
    this.answers = (extras && extras.previousState && extras.previousState.answers) || [];
  }
  Judge.prototype = Object.create(EventDispatcher.prototype);
  Judge.prototype.constructor = Judge;

  Judge.prototype.getMaxScore = function () {
    return this.params.statements.length;
  };
  Judge.prototype.getScore = function () {
    const given = this.params.statements;
    return this.answers.filter((answer, at) => answer === given[at].sound).length;
  };
  Judge.prototype.getAnswerGiven = function () {
    return this.answers.filter((answer) => answer !== null && answer !== undefined).length > 0;
  };
  Judge.prototype.getCurrentState = function () {
    return { answers: this.answers };
  };
  Judge.prototype.isDone = function () {
    return this.params.statements.every((_, at) => typeof this.answers[at] === "boolean");
  };

  Judge.prototype.attach = function ($container) {
    const root = $container.get(0);
    root.classList.add("xiangxu-judge");
    const intro = document.createElement("p");
    intro.className = "judge-intro";
    intro.textContent = this.params.intro;
    const list = document.createElement("ol");
    this.params.statements.forEach((statement, at) => list.append(this.card(statement, at)));
    this.result = document.createElement("p");
    this.result.className = "judge-result";
    this.result.setAttribute("role", "status");
    root.append(intro, list, this.result);
    this.sayResult();
  };

  Judge.prototype.card = function (statement, at) {
    const card = document.createElement("li");
    const text = document.createElement("p");
    text.textContent = statement.text;
    const why = document.createElement("p");
    why.className = "judge-why";
    const choose = (sound, button) => {
      this.answers[at] = sound;
      for (const each of card.querySelectorAll("button")) {
        each.setAttribute("aria-pressed", String(each === button));
      }
      why.textContent = `${sound === statement.sound ? "判断正确。" : "再想一想。"}${statement.why}`;
      why.classList.toggle("right", sound === statement.sound);
    };
    card.append(text);
    for (const [label, sound] of [["稳妥", true], ["不稳妥", false]]) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = label;
      button.addEventListener("click", () => {
        choose(sound, button);
        this.triggerXAPI("interacted");
        this.sayResult();
        if (this.isDone()) {
          this.triggerXAPIScored(this.getScore(), this.getMaxScore(), "completed", true);
        }
      });
      card.append(button);
      if (this.answers[at] === sound) choose(sound, button);
    }
    if (!why.textContent) why.textContent = "";
    card.append(why);
    return card;
  };

  Judge.prototype.sayResult = function () {
    const left = this.params.statements.length - this.answers.filter((a) => typeof a === "boolean").length;
    this.result.textContent = left
      ? `还有 ${left} 条没有判断。`
      : `五条都判断了，对 ${this.getScore()} 条。改选可以重新计。`;
  };

  return Judge;
})(H5P.EventDispatcher);
