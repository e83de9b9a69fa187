"""Make the demo micro-lecture from lecture.yaml: slides, speech, captions, one small WebM.

The made files are committed beside the other material, so this script is run only when the text
changes. It needs Pillow, PyYAML and pypinyin, the programs espeak-ng and ffmpeg, and the Noto CJK
fonts. Speech is made from pinyin, because espeak-ng as Debian ships it cannot read Chinese
characters. Every sentence is spoken by itself, so the captions are exact by construction.

    python demo/lecture/make.py [--out demo/material/lecture]
"""

# A workshop tool: it starts espeak-ng and ffmpeg by name and prints what it made.
# ruff: noqa: S603, S607, T201

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
import wave
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from PIL import Image, ImageDraw, ImageFont
from pypinyin import Style, lazy_pinyin, load_phrases_dict
from pypinyin.seg.mmseg import seg

HERE = Path(__file__).resolve().parent
VOICE = "cmn-latn-pinyin"
WORDS_A_MINUTE = 132  # espeak's own unit; about 170 characters a minute with the pauses below
PAUSE_SENTENCE = 0.55  # seconds
PAUSE_SLIDE = 1.3
LEAD_IN = 0.8
FRAMES_A_SECOND = 2

WIDTH, HEIGHT = 1280, 720
PAPER, INK, SECOND_INK, HAIRLINE, SEAL = "#FBF8F3", "#1F1B16", "#6B635A", "#E4DDD2", "#9E2A2B"

COUNTING = "第十二零"  # after these, 一 is a numeral and keeps its first tone

# Readings the phrase table of pypinyin does not know or gets wrong in this text.
READINGS = {
    "四行": [["sì"], ["háng"]],
    "四行字": [["sì"], ["háng"], ["zì"]],
    "哪一行": [["nǎ"], ["yì"], ["háng"]],
    "写得出来": [["xiě"], ["de"], ["chū"], ["lái"]],
    "不得": [["bù"], ["dé"]],
    "圈出来": [["quān"], ["chū"], ["lái"]],
    "地方": [["dì"], ["fang"]],
    "他还": [["tā"], ["hái"]],
    "它还": [["tā"], ["hái"]],
    "还是": [["hái"], ["shì"]],
    "还要": [["hái"], ["yào"]],
    "还没有": [["hái"], ["méi"], ["yǒu"]],
    "写着": [["xiě"], ["zhe"]],
    "标着": [["biāo"], ["zhe"]],
    "当天": [["dāng"], ["tiān"]],
    "为准": [["wéi"], ["zhǔn"]],
    "什么": [["shén"], ["me"]],
    "怎样": [["zěn"], ["yàng"]],
    "一条路": [["yì"], ["tiáo"], ["lù"]],
    "都": [["dōu"]],
    "读得": [["dú"], ["de"]],
    "误了": [["wù"], ["le"]],
    "多长": [["duō"], ["cháng"]],
    "一字之差": [["yí"], ["zì"], ["zhī"], ["chā"]],
}


@dataclass(frozen=True)
class Cue:
    """One caption: seconds from the start of the film."""

    start: float
    end: float
    text: str
    slide: int


def pinyin(text: str) -> str:
    """Return the sentence in numbered pinyin, words kept together, pauses as punctuation."""
    words = []
    before = ""
    cut = list(seg.cut(text.replace("〇", "零")))
    for place, word in enumerate(cut):
        if any("\u3400" <= char <= "\u9fff" for char in word):
            syllables = lazy_pinyin(
                word,
                style=Style.TONE3,
                neutral_tone_with_five=True,
                tone_sandhi=True,
                v_to_u=True,
            )
            following = cut[place + 1] if place + 1 < len(cut) else ""
            if word.startswith("一") and not (before and before in COUNTING):
                syllables[0] = "yi" + tone_of_one(syllables[1:], following)
            words.append("".join(syllables))
        else:
            words.append("," if word in "，、：；" else "." if word in "。？" else "")
        before = word[-1]
    return " ".join(filter(None, words))


def tone_of_one(rest_of_word: list[str], following: str) -> str:
    """Return the tone 一 takes before another syllable: 2 before a fourth tone, 4 otherwise."""
    if not rest_of_word and following[:1] in ("", *"日月，。、：；？"):
        return "1"
    after = rest_of_word or lazy_pinyin(following, style=Style.TONE3)
    return "2" if after[0].endswith("4") else "4"


def speak(text: str, to: Path) -> float:
    """Speak one sentence into a 48 kHz mono WAV without silence at its ends; return its seconds."""
    raw = to.with_suffix(".raw.wav")
    subprocess.run(
        ["espeak-ng", "-v", VOICE, "-s", str(WORDS_A_MINUTE), "-p", "42", "-w", raw, pinyin(text)],
        check=True,
    )
    trim = "silenceremove=start_periods=1:start_threshold=-50dB"
    filters = f"{trim},areverse,{trim},areverse,lowpass=f=7000,aresample=48000"
    run_ffmpeg("-i", raw, "-af", filters, "-ac", "1", to)
    with wave.open(str(to)) as sound:
        return sound.getnframes() / sound.getframerate()


def run_ffmpeg(*arguments: object) -> None:
    command = ["ffmpeg", "-v", "error", "-y", *map(str, arguments)]
    subprocess.run(command, check=True)


def font(size: int, *, serif: bool = True, bold: bool = False) -> ImageFont.FreeTypeFont:
    family = f"Noto {'Serif' if serif else 'Sans'} CJK SC:{'bold' if bold else 'regular'}"
    found = subprocess.run(
        ["fc-match", "-f", "%{file}|%{index}", family], check=True, capture_output=True, text=True
    )
    path, index = found.stdout.split("|")
    return ImageFont.truetype(path, size, index=int(index))


def draw_slide(
    slide: dict[str, Any], number: int, count: int, lecture: dict[str, Any]
) -> Image.Image:
    picture = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
    pen = ImageDraw.Draw(picture)
    first = number == 1
    small = font(24, serif=False)
    if first:
        pen.text((120, 200), lecture["subtitle"], font=font(34), fill=SEAL)
        pen.text((120, 262), slide["title"], font=font(76, bold=True), fill=INK)
        pen.line((120, 392, 360, 392), fill=SEAL, width=4)
        pen.text((120, 424), slide["points"][0], font=font(34), fill=SECOND_INK)
        return picture
    pen.text((120, 92), slide["title"], font=font(56, bold=True), fill=INK)
    pen.line((120, 186, WIDTH - 120, 186), fill=HAIRLINE, width=2)
    for row, point in enumerate(slide["points"]):
        top = 228 + row * 92
        pen.ellipse((122, top + 24, 134, top + 36), fill=SEAL)
        body = font(44)
        label, blank, _ = point.partition("：　　　")
        text = f"{label}：" if blank else point
        pen.text((164, top), text, font=body, fill=INK)
        if blank:  # a line to write on
            left = 164 + pen.textlength(text, font=body)
            pen.line((left + 8, top + 58, 900, top + 58), fill=SECOND_INK, width=2)
    pen.text((120, HEIGHT - 70), lecture["title"], font=small, fill=SECOND_INK)
    page = f"{number} / {count}"
    pen.text((WIDTH - 120, HEIGHT - 70), page, font=small, fill=SECOND_INK, anchor="ra")
    return picture


def stamp(seconds: float) -> str:
    minutes, rest = divmod(round(seconds * 1000), 60_000)
    return f"{minutes // 60:02}:{minutes % 60:02}:{rest // 1000:02}.{rest % 1000:03}"


def make(out: Path) -> None:
    lecture = yaml.safe_load((HERE / "lecture.yaml").read_text(encoding="utf-8"))
    load_phrases_dict(READINGS)
    for word in READINGS:
        seg.train([word])
    slides = lecture["slides"]
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        cues: list[Cue] = []
        chapters = []
        samples = bytearray()
        rate = 48_000

        def silence(seconds: float) -> None:
            samples.extend(bytes(2 * round(seconds * rate)))

        silence(LEAD_IN)
        shown: list[tuple[Path, float]] = []
        for number, slide in enumerate(slides, 1):
            begins = len(samples) / 2 / rate if number > 1 else 0.0
            chapters.append({"start": round(begins, 3), "title": slide["title"]})
            for sentence in slide["speech"]:
                part = work / f"{len(cues):03}.wav"
                speak(sentence, part)
                start = len(samples) / 2 / rate
                with wave.open(str(part)) as sound:
                    samples.extend(sound.readframes(sound.getnframes()))
                cues.append(Cue(start, len(samples) / 2 / rate, sentence, number))
                silence(PAUSE_SENTENCE)
            silence(PAUSE_SLIDE - PAUSE_SENTENCE)
            picture = work / f"slide{number}.png"
            draw_slide(slide, number, len(slides), lecture).save(picture)
            shown.append((picture, len(samples) / 2 / rate - begins))
        whole = work / "speech.wav"
        with wave.open(str(whole), "wb") as sound:
            sound.setnchannels(1)
            sound.setsampwidth(2)
            sound.setframerate(rate)
            sound.writeframes(bytes(samples))
        seconds = len(samples) / 2 / rate
        listing = work / "slides.txt"
        lines = [f"file '{picture}'\nduration {length:.3f}\n" for picture, length in shown]
        listing.write_text("".join(lines) + f"file '{shown[-1][0]}'\n")
        film = out / f"{lecture['slug']}.webm"
        run_ffmpeg(
            *("-f", "concat", "-safe", "0", "-i", listing, "-i", whole),
            *("-map", "0:v", "-map", "1:a", "-vf", f"fps={FRAMES_A_SECOND},format=yuv420p"),
            *("-c:v", "libvpx-vp9", "-b:v", "0", "-crf", "36", "-g", "120", "-deadline", "good"),
            *("-c:a", "libopus", "-b:a", "12k", "-application", "voip", "-af", "loudnorm=I=-18"),
            *("-t", f"{seconds:.3f}", "-metadata", f"title={lecture['title']}", film),
        )
        draw_slide(slides[0], 1, len(slides), lecture).save(
            out / f"{lecture['slug']}.jpg", quality=82
        )
    captions = [f"{stamp(c.start)} --> {stamp(c.end)}\n{c.text}\n" for c in cues]
    (out / f"{lecture['slug']}.vtt").write_text(
        "WEBVTT\n\n" + "\n".join(captions), encoding="utf-8"
    )
    transcript = {
        "title": lecture["title"],
        "speaker": lecture["speaker"],
        "seconds": round(seconds, 3),
        "chapters": chapters,
        "cues": [
            {"start": round(c.start, 3), "end": round(c.end, 3), "text": c.text, "slide": c.slide}
            for c in cues
        ],
    }
    (out / f"{lecture['slug']}.json").write_text(
        json.dumps(transcript, ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
    )
    print(f"{film.name}: {seconds:.0f} s, {film.stat().st_size // 1024} KiB, {len(cues)} cues")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--out", type=Path, default=HERE.parent / "material" / "lecture")
    make(parser.parse_args().out)
