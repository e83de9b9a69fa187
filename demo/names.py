"""Invented Chinese names: surnames by rough frequency, given names by what a year of birth wore."""

# ruff: noqa: SIM905 - a line of characters reads better than a list of fifteen quoted ones

import random
from itertools import accumulate

_SURNAMES = (
    "王 72 李 71 张 68 刘 54 陈 45 杨 31 黄 23 赵 23 吴 20 周 20 徐 17 孙 15 马 13 朱 13 胡 12 郭 12 何 11 "
    "林 11 高 10 罗 9 郑 9 梁 9 谢 8 宋 8 唐 7 许 7 韩 7 邓 6 冯 6 曹 6 彭 6 曾 6 肖 6 田 5 董 5 潘 5 袁 5 "
    "蔡 5 蒋 5 余 5 于 5 杜 5 叶 5 程 4 魏 4 苏 4 吕 4 丁 4 任 4 卢 4 姚 4 沈 4 钟 4 姜 4 崔 4 谭 4 陆 4 "
    "范 3 汪 3 廖 3 石 3 金 3 韦 3 贾 3 夏 3 付 3 方 3 邹 3 熊 3 白 3 孟 3 秦 3 邱 3 侯 3 江 3 尹 3 薛 3 "
    "闫 2 雷 2 龙 2 黎 2 史 2 陶 2 贺 2 毛 2 郝 2 顾 2 龚 2 邵 2 万 2 覃 2 武 2 钱 2 戴 2 严 2 莫 2 孔 2 "
    "向 2 常 2 汤 2 康 1 易 1 乔 1 赖 1 文 1 温 1 庄 1 施 1 柳 1 欧阳 1 上官 1 司徒 1"
).split()
_FAMILY = _SURNAMES[0::2]
_WEIGHTS = list(accumulate(int(weight) for weight in _SURNAMES[1::2]))

_FIRST = {
    ("f", "old"): "秀 桂 玉 淑 春 丽 凤 惠 红 美 月 雅 亚 建 志",
    ("f", "mid"): "晓 丽 海 艳 春 雪 文 静 慧 婷 燕 雅 佳 小 思",
    ("f", "new"): "思 雨 欣 梓 诗 佳 语 若 可 雅 子 一 怡 晨 书",
    ("m", "old"): "建 国 志 永 德 文 明 金 卫 大 学 庆 兴 新 立",
    ("m", "mid"): "志 海 晓 建 文 伟 俊 宏 立 少 永 振 学 家 国",
    ("m", "new"): "子 浩 宇 俊 嘉 思 明 天 一 泽 博 文 晨 亦 家",
}
_SECOND = {
    ("f", "old"): "英 兰 珍 芳 华 梅 琴 云 霞 萍 玲 香 莲 娟 清",
    ("f", "mid"): "燕 娟 敏 静 丽 萍 霞 洁 琳 莉 颖 蓉 梅 芬 娜",
    ("f", "new"): "涵 萱 怡 彤 妍 琪 颖 宁 然 雯 悦 瑶 洁 欣 禾",
    ("m", "old"): "国 军 平 民 生 华 明 林 强 忠 义 良 山 祥 成",
    ("m", "mid"): "军 强 伟 涛 斌 峰 刚 鹏 辉 勇 波 杰 亮 东 宁",
    ("m", "new"): "轩 豪 然 航 宇 涛 杰 睿 铭 凯 博 阳 恒 远 哲",
}
_SINGLE = {
    "f": "丽 静 敏 燕 娟 颖 婷 雪 倩 莉 洁 璐 蕾 琳 慧".split(),
    "m": "伟 军 勇 涛 斌 磊 鹏 杰 超 波 辉 刚 毅 峰 亮".split(),
}
_GIVEN = {key: ([*_FIRST[key].split()], [*_SECOND[key].split()]) for key in _FIRST}


def invent(rng: random.Random, born: int) -> str:
    """Return a name for somebody born in that year."""
    family = rng.choices(_FAMILY, cum_weights=_WEIGHTS)[0]
    sex = "f" if rng.random() < 0.44 else "m"
    age = "old" if born < 1972 else "mid" if born < 1990 else "new"
    if rng.random() < (0.16 if age == "mid" else 0.08):
        return family + rng.choice(_SINGLE[sex])
    first, second = _GIVEN[sex, age]
    one, two = rng.choice(first), rng.choice(second)
    return family + (one if one == two else one + two)
