"""The organisation tree of the demo district: 清河区 of 云川市, both invented."""

from collections.abc import Iterator
from dataclasses import dataclass

from people.enums import OrgKind

CITY, DISTRICT, SCHOOL, WORK_COMMITTEE = "YC", "QH", "QH-DX", "QH-JGDGW"


@dataclass(frozen=True)
class Node:
    """A unit to be; ``parent`` is the code of another, empty at the root."""

    code: str
    name: str
    kind: OrgKind
    parent: str = ""


@dataclass(frozen=True)
class Unit:
    """A unit of the district with its offices; ``weight`` is its share of the persons."""

    code: str
    name: str
    weight: int
    head: str  # title of its head
    deputy: str
    offices: tuple[str, ...]
    own_committee: str = ""  # a sub-district or town has a party committee of its own
    institution: bool = False


def _unit(
    code: str, name: str, weight: int, head: str, deputy: str, offices: str, committee: str = ""
) -> Unit:
    return Unit(
        f"QH-{code}", name, weight, head, deputy, tuple(offices.split()), committee, code == "DX"
    )


_BUREAU = ("局长", "副局长")
_STREET = ("街道党工委书记", "街道办事处副主任")
_TOWN = ("镇党委书记", "副镇长")
_STREET_OFFICES = (
    "党政办公室 党建工作办公室 社区治理办公室 公共服务办公室 综合执法队 平安建设办公室"
)
_TOWN_OFFICES = "党政办公室 党建工作办公室 农业农村办公室 公共服务中心 综合执法队 村镇建设办公室"

LEADERS_OFFICE = "QH-QLD"  # where the leading cadres of the district have their post

UNITS: tuple[Unit, ...] = (
    _unit("QLD", "区领导班子", 16, "区委书记", "副区长", ""),
    _unit("QWB", "区委办公室", 26, "主任", "副主任", "秘书科 综合科 机要科 督查科"),
    _unit("RDB", "区人大常委会机关", 18, "办公室主任", "副主任", "办公室 代表联络科 法制科"),
    _unit("ZFB", "区政府办公室", 30, "主任", "副主任", "秘书科 综合科 政务公开科 应急值守科"),
    _unit("ZXB", "区政协机关", 16, "办公室主任", "副主任", "办公室 提案科 文史科"),
    _unit(
        "JW", "区纪委监委机关", 34, "常务副书记", "副书记", "办公室 党风政风科 案件审理科 信访科"
    ),
    _unit(
        "ZZB", "区委组织部", 32, "常务副部长", "副部长", "办公室 干部科 干部教育科 组织科 公务员科"
    ),
    _unit("XCB", "区委宣传部", 24, "常务副部长", "副部长", "办公室 理论科 新闻科 文化科"),
    _unit("TZB", "区委统战部", 14, "常务副部长", "副部长", "办公室 联络科"),
    _unit("ZFW", "区委政法委", 18, "常务副书记", "副书记", "办公室 综治科 执法监督科"),
    _unit("SGB", "区委社会工作部", 14, "部长", "副部长", "办公室 志愿服务科"),
    _unit("FGJ", "区发展和改革局", 30, *_BUREAU, "办公室 规划科 投资科 价格科"),
    _unit("JYJ", "区教育局", 34, *_BUREAU, "办公室 基础教育科 人事科 计财科"),
    _unit("KGJ", "区科技和工业信息化局", 26, *_BUREAU, "办公室 工业科 科技科"),
    _unit("MZJ", "区民政局", 26, *_BUREAU, "办公室 社会救助科 养老服务科 区划地名科"),
    _unit("SFJ", "区司法局", 30, *_BUREAU, "办公室 法治科 社区矫正科 公共法律服务科"),
    _unit("CZJ", "区财政局", 38, *_BUREAU, "办公室 预算科 国库科 会计科 监督科"),
    _unit("RSJ", "区人力资源和社会保障局", 40, *_BUREAU, "办公室 就业科 社会保险科 劳动关系科"),
    _unit("ZGJ", "区规划和自然资源局", 34, *_BUREAU, "办公室 规划科 用地科 测绘科"),
    _unit("STJ", "区生态环境局", 26, *_BUREAU, "办公室 水环境科 大气科"),
    _unit("ZJJ", "区住房和城乡建设局", 36, *_BUREAU, "办公室 住房保障科 物业科 工程质量科"),
    _unit("JTJ", "区交通运输局", 28, *_BUREAU, "办公室 公路科 运输科"),
    _unit("SWJ", "区水务局", 28, *_BUREAU, "办公室 供排水科 河湖科 养护科"),
    _unit("NYJ", "区农业农村局", 32, *_BUREAU, "办公室 种植业科 乡村建设科"),
    _unit("SWU", "区商务局", 22, *_BUREAU, "办公室 流通科 外资科"),
    _unit("WLJ", "区文化和旅游局", 26, *_BUREAU, "办公室 公共文化科 旅游科"),
    _unit("WJW", "区卫生健康局", 32, *_BUREAU, "办公室 医政科 疾控科 家庭发展科"),
    _unit("TYJ", "区退役军人事务局", 16, *_BUREAU, "办公室 优抚科"),
    _unit("YJJ", "区应急管理局", 28, *_BUREAU, "办公室 安全监管科 减灾科"),
    _unit("SJJ", "区审计局", 22, *_BUREAU, "办公室 财政审计科 投资审计科"),
    _unit("SJG", "区市场监督管理局", 54, *_BUREAU, "办公室 食品科 质量科 登记科 执法科"),
    _unit("TJJ", "区统计局", 18, *_BUREAU, "办公室 综合统计科"),
    _unit("YBJ", "区医疗保障局", 18, *_BUREAU, "办公室 待遇科"),
    _unit("CGJ", "区城市管理局", 40, *_BUREAU, "办公室 市容科 环卫科 执法科"),
    _unit("XFJ", "区信访局", 14, *_BUREAU, "办公室 接访科"),
    _unit("DSJ", "区大数据中心", 20, "主任", "副主任", "办公室 数据科 系统运维科"),
    _unit("DX", "区委党校", 34, "常务副校长", "副校长", "办公室 教务科 教研室 学员科"),
    _unit("HW", "河湾街道", 52, *_STREET, _STREET_OFFICES, "河湾街道党工委"),
    _unit("LJ", "老街街道", 48, *_STREET, _STREET_OFFICES, "老街街道党工委"),
    _unit("WT", "梧桐街道", 50, *_STREET, _STREET_OFFICES, "梧桐街道党工委"),
    _unit("NQ", "南桥街道", 44, *_STREET, _STREET_OFFICES, "南桥街道党工委"),
    _unit("LP", "柳浦镇", 50, *_TOWN, _TOWN_OFFICES, "柳浦镇党委"),
    _unit("SD", "石渡镇", 44, *_TOWN, _TOWN_OFFICES, "石渡镇党委"),
    _unit("YT", "云台镇", 42, *_TOWN, _TOWN_OFFICES, "云台镇党委"),
)

MEMBERS_A_BRANCH = 40


def offices_of(unit: Unit) -> list[str]:
    """The codes of the unit's offices, in order; a unit without offices holds its persons itself."""
    return [f"{unit.code}-{number:02}" for number in range(1, len(unit.offices) + 1)]


def branches_of(unit: Unit, members: int) -> list[str]:
    """The codes of the unit's branches for so many members; at least one."""
    count = max(1, -(-members // MEMBERS_A_BRANCH))
    return [f"{unit.code}-ZB{number:02}" for number in range(1, count + 1)]


def nodes(members: dict[str, int]) -> Iterator[Node]:
    """All nodes, parents before children. ``members`` counts the members of each unit by code."""
    yield Node(CITY, "云川市", OrgKind.CITY)
    yield Node(DISTRICT, "清河区", OrgKind.SYSTEM, CITY)
    yield Node(WORK_COMMITTEE, "区级机关党工委", OrgKind.PARTY_COMMITTEE, DISTRICT)
    for unit in UNITS:
        kind = OrgKind.INSTITUTION if unit.institution else OrgKind.UNIT
        yield Node(unit.code, unit.name, kind, DISTRICT)
        for code, name in zip(offices_of(unit), unit.offices, strict=True):
            yield Node(code, name, OrgKind.OFFICE, unit.code)
        body = WORK_COMMITTEE
        if unit.own_committee:
            body = f"{unit.code}-DW"
            yield Node(body, unit.own_committee, OrgKind.PARTY_COMMITTEE, unit.code)
        branches = branches_of(unit, members.get(unit.code, 0))
        if len(branches) > 2 and not unit.own_committee:
            general = f"{unit.code}-ZZ"
            yield Node(general, f"{unit.name}党总支", OrgKind.GENERAL_BRANCH, body)
            body = general
        for number, code in enumerate(branches, 1):
            ordinal = f"第{_numeral(number)}" if len(branches) > 1 else ""
            yield Node(code, f"{unit.name}{ordinal}党支部", OrgKind.BRANCH, body)


def _numeral(number: int) -> str:
    digits = "零一二三四五六七八九"
    if number >= 100:
        return str(number)
    tens, ones = divmod(number, 10)
    ten = "" if tens == 0 else "十" if tens == 1 else f"{digits[tens]}十"
    return ten + (digits[ones] if ones else "")
