"""Invented customers by script and by language: organisations, and people by surname.

The parts are what such names are made of in earnest: a firm has one or two words of its own, one
or two that all firms have, and a form; a person has one of the commonest surnames of the language
and a given name. The tables serve the audit alone and reach no score.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

_LATIN: Final = (
    "bel", "cor", "dal", "fen", "gar", "hol", "jan", "kel", "lor", "mar", "nor", "pel", "ros",
    "sal", "tor", "ver", "wes", "zan", "bri", "cla", "dor", "eri", "gil", "ham",
)  # fmt: skip
_LATIN_ENDS: Final = (
    "ton", "more", "land", "field", "ford", "wick", "mont", "dale", "brook", "stone", "berg",
    "win", "gate", "dex", "tis", "va",
)  # fmt: skip


class Language(NamedTuple):
    """What names of one language are made of.

    Attributes
    ----------
    script : str
        In which they are written.
    country : str
        Where its customers are.
    heads, tails : sequence of str
        Parts of a firm's own words.
    common, forms : sequence of str
        Words that all firms have, and legal forms.
    surnames, given : sequence of str
        Of people.
    glue : str
        What stands between words.
    form_first, surname_first : bool
        The order.
    """

    script: str
    country: str
    heads: tuple[str, ...]
    tails: tuple[str, ...]
    common: tuple[str, ...]
    forms: tuple[str, ...]
    surnames: tuple[str, ...]
    given: tuple[str, ...]
    glue: str = " "
    form_first: bool = False
    surname_first: bool = False


def _of(text: str) -> tuple[str, ...]:
    return tuple(text.split())


LANGUAGES: Final[Mapping[str, Language]] = {
    "English": Language(
        "Latin", "GB", _LATIN, _LATIN_ENDS,
        _of("Trading Technology Systems Services Group International Engineering Energy Logistics "
            "Software Consulting Industries Global Research"),
        _of("Ltd Limited Inc LLC plc"),
        _of("Smith Jones Taylor Brown Williams Wilson Johnson Davies Patel Robinson Wright "
            "Thompson Evans Walker White Roberts Green Hall Wood Harris Clarke Martin"),
        _of("James John Robert Michael Mary David Sarah Emma Daniel Thomas Laura Peter"),
    ),
    "German": Language(
        "Latin", "DE", _of("Alt Berg Brunn Eich Feld Grün Hohen Kirch Linden Mühl Neu Ober Rot "
                           "Stein Tal Wald Weiß Winter Sonn Klein"),
        _of("bach baum berg brück dorf eck feld haus heim hof mann stadt stein thal"),
        _of("Handel Technik Maschinenbau Systeme Logistik Energie Elektronik Beratung Bau "
            "Anlagen Holding Chemie"),
        _of("GmbH AG KG e.K. UG"),
        _of("Müller Schmidt Schneider Fischer Weber Meyer Wagner Becker Schulz Hoffmann Koch "
            "Bauer Richter Klein Wolf Schröder Neumann Schwarz Krüger Hartmann"),
        _of("Peter Michael Thomas Andreas Stefan Anna Julia Sabine Jürgen Katrin Lukas Lena"),
    ),
    "Spanish": Language(
        "Latin", "MX", _of("Alma Bella Costa Casa Cumbre Flor Gran Loma Monte Nava Oro Palma "
                           "Río Sol Tierra Valle Vega Villa"),
        _of("clara dorada fuerte grande linda mar nueva real rica roja santa sierra verde viva"),
        _of("Comercial Servicios Tecnología Industrias Construcciones Transportes Inversiones "
            "Sistemas Energía Alimentos Grupo"),
        ("S.A.", "S.A. de C.V.", "S.L.", "Ltda"),
        _of("García Hernández Martínez López González Pérez Rodríguez Sánchez Ramírez Cruz "
            "Flores Gómez Morales Vázquez Reyes Jiménez Torres Díaz Gutiérrez Ruiz"),
        _of("José Juan María Luis Carlos Jorge Ana Rosa Miguel Pedro Elena Sofía"),
    ),
    "Turkish": Language(
        "Latin", "TR", _of("Ak Altın Ay Demir Doğan Gök Gün Kara Kaya Mavi Öz Sarı Taş Yeni "
                           "Yıldız Yücel"),
        _of("dağ deniz han köy kent lar oğlu pınar soy su taş tepe türk yol"),
        _of("Ticaret Sanayi İnşaat Teknoloji Enerji Gıda Tekstil Makina Lojistik Danışmanlık"),
        ("A.Ş.", "Ltd. Şti.", "Limited Şirketi"),
        _of("Yılmaz Kaya Demir Çelik Şahin Yıldız Yıldırım Öztürk Aydın Özdemir Arslan Doğan "
            "Kılıç Aslan Çetin Kara Koç Kurt Özkan Şimşek"),
        _of("Mehmet Mustafa Ahmet Ali Hüseyin Fatma Ayşe Emine Hatice Zeynep Murat Elif"),
    ),
    "Vietnamese": Language(
        "Latin", "VN", _of("An Bình Đại Đông Hải Hoàng Hùng Kim Long Minh Nam Ngọc Phú Phương "
                           "Quang Tân Thành Thiên Việt Vĩnh"),
        (" Anh", " Châu", " Đức", " Giang", " Hà", " Hưng", " Khánh", " Lâm", " Phát", " Sơn",
         " Thịnh", " Tiến", " Vinh", " Xuân"),
        ("Thương Mại", "Dịch Vụ", "Công Nghệ", "Xây Dựng", "Đầu Tư", "Sản Xuất", "Vận Tải"),
        ("Công ty TNHH", "Công ty Cổ phần"),
        _of("Nguyễn Trần Lê Phạm Hoàng Phan Vũ Đặng Bùi Đỗ Hồ Ngô Dương Lý"),
        ("Văn An", "Thị Hoa", "Minh Đức", "Quang Huy", "Thu Hà", "Ngọc Lan", "Hữu Phước"),
        form_first=True, surname_first=True,
    ),
    "Chinese": Language(
        "Han", "CN", tuple("华中东恒瑞达科鑫宏天海金新安泰信德盛嘉远明文博云星创联国"),
        tuple("威通腾丰源泰茂隆康健凯捷利锐航宇诚邦辰睿图景润成铭启"),
        _of("科技 贸易 电子 信息技术 实业 网络科技 机械 能源 物流 软件 生物科技 新材料"),
        _of("有限公司 股份有限公司 有限责任公司 集团有限公司"),
        tuple("王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗"),
        _of("伟 芳 娜 敏 静 丽 强 磊 军 洋 勇 艳 杰 志强 秀英 建国 晓明 婷婷 文博 子涵"),
        glue="", surname_first=True,
    ),
    "Chinese in Latin letters": Language(
        "Latin", "CN", _of("Hua Zhong Dong Heng Rui Da Xin Hong Tian Hai Jin An Tai De Sheng Jia "
                           "Yuan Ming Wen Bo Yun Xing Lian Guo"),
        _of("wei tong teng feng yuan mao long kang jian kai jie li hang yu cheng bang chen tu run "
            "qi"),
        _of("Technology Trading Electronics Industrial Information Network Machinery Energy "
            "Logistics Software Biotech Materials"),
        ("Co., Ltd", "Co., Ltd.", "Group Co., Ltd", "Corp"),
        _of("Wang Li Zhang Liu Chen Yang Huang Zhao Wu Zhou Xu Sun Ma Zhu Hu Guo He Gao Lin Luo"),
        _of("Wei Fang Na Min Jing Li Qiang Lei Jun Yang Yong Jie Zhiqiang Xiuying Jianguo Xiaoming "
            "Tingting Wenbo"),
        surname_first=True,
    ),
    "Japanese": Language(
        "Kana and Han", "JP", _of("青 赤 朝 石 大 小 北 東 南 西 松 竹 梅 藤 高 中 日 富 山 森"),
        _of("井 浦 川 木 口 島 田 谷 野 原 橋 浜 本 村 山"),
        _of("商事 電機 工業 システム テクノロジー サービス 物産 建設 製作所 エンジニアリング"),
        _of("株式会社 合同会社 有限会社"),
        _of("佐藤 鈴木 高橋 田中 伊藤 渡辺 山本 中村 小林 加藤 吉田 山田 佐々木 山口 松本 井上"),
        _of("翔太 健一 大輔 美咲 陽子 直樹 愛 さくら 拓也 由美 誠 恵子"),
        glue="", surname_first=True,
    ),
    "Korean": Language(
        "Hangul", "KR", tuple("가강건경고광금대덕동명미백보산삼상서성세신영우원유인정제조진창태한"),
        tuple("건경국대도명민산성수아영우원일재정주진천태현호흥"),
        _of("전자 산업 기술 무역 건설 시스템 소프트웨어 화학 에너지 물류 바이오"),
        _of("주식회사 유한회사 (주)"),
        tuple("김이박최정강조윤장임한오서신권황안송류홍"),
        _of("민준 서연 지훈 수빈 영수 미경 현우 지은 성민 은정 준호 유진"),
        surname_first=True,
    ),
    "Russian": Language(
        "Cyrillic", "RU", _of("Алма Бел Волга Гор Дон Евро Заря Инте Кам Лен Мега Нева Омега "
                              "Проф Рос Сев Тех Урал Фор Юг"),
        _of("век град дар комплект лайн мир норд пром сервис снаб строй тек торг транс флот хим "
            "центр энерго"),
        _of("Торговый Технологии Строительство Логистика Инжиниринг Системы Консалтинг Групп "
            "Производство Инвест"),
        _of("ООО АО ПАО ЗАО"),
        _of("Иванов Смирнов Кузнецов Попов Васильев Петров Соколов Михайлов Новиков Фёдоров "
            "Морозов Волков Алексеев Лебедев Семёнов Егоров Павлов Козлов"),
        _of("Александр Сергей Дмитрий Андрей Алексей Елена Ольга Наталья Анна Иван Мария Павел"),
        form_first=True,
    ),
    "Arabic": Language(
        "Arabic", "AE", _of("النور الفجر الأمل الريادة السلام الوفاء الخليج النجم البحر الصقر "
                            "الهلال الواحة القمة الشروق المجد الرمال"),
        ("", " الجديد", " العربي", " الذهبي", " الأول", " الحديث", " الدولي", " الأزرق"),
        _of("للتجارة للتقنية للمقاولات للخدمات للاستثمار للطاقة للشحن للبرمجيات للصناعة"),
        ("ذ.م.م", "ش.م.ع", "شركة"),
        _of("الأحمد العلي المحمد الحسن الخالد السعيد النعيمي المنصوري الزعابي الحربي القحطاني "
            "الشمري الدوسري العتيبي الغامدي"),
        _of("محمد أحمد علي خالد سعيد عمر فاطمة مريم يوسف إبراهيم نورة ليلى"),
    ),
    "Arabic in Latin letters": Language(
        "Latin", "AE", _of("Noor Fajr Amal Salam Wafa Khaleej Najm Bahr Saqr Hilal Waha Majd "
                           "Rimal Shorouk Reem Dana"),
        ("", " Jadeed", " Arabia", " Golden", " Modern", " Gulf", " Blue", " First"),
        ("General Trading", "Technology", "Contracting", "Services", "Investments", "Energy",
         "Shipping", "Software", "Industries"),
        ("LLC", "FZE", "FZCO", "PJSC"),
        _of("Ahmed Ali Mohammed Hassan Khalid Saeed Alnuaimi Almansoori Alzaabi Alharbi Alqahtani "
            "Alshammari Aldosari Alotaibi Alghamdi"),
        _of("Mohammed Ahmed Ali Khalid Saeed Omar Fatima Mariam Youssef Ibrahim Noura Layla"),
    ),
    "Hindi": Language(
        "Devanagari", "IN", _of("अमृत आदित्य ओम कमल गंगा चंद्र जय दिव्य नव प्रगति भारत मंगल राज "
                                "लक्ष्मी विजय शक्ति श्री सूर्य"),
        _of("ज्योति दीप धारा पथ वन शिखर सागर सेतु"),
        _of("व्यापार प्रौद्योगिकी सेवाएं उद्योग ऊर्जा निर्माण परिवहन सॉफ्टवेयर"),
        ("प्राइवेट लिमिटेड", "लिमिटेड"),
        _of("शर्मा वर्मा सिंह कुमार गुप्ता यादव पटेल मिश्रा जोशी अग्रवाल चौधरी तिवारी"),
        _of("राहुल अमित प्रिया सुनीता राजेश अनिल पूजा संजय नेहा विजय दीपक किरण"),
    ),
    "Hebrew": Language(
        "Hebrew", "IL", _of("אור גל דקל הדר זיו חוף טל ים כרמל לב מור נוף עוז פז צור קשת רון שקד"),
        _of("אל ים נוי עד עם רם שחר תם"),
        _of("טכנולוגיות מערכות סחר שירותים תעשיות אנרגיה הנדסה תוכנה"), ('בע"מ',),
        _of("כהן לוי מזרחי פרץ ביטון דהן אברהם פרידמן מלכה אזולאי כץ יוסף"),
        _of("יוסי דוד משה נועה שרה תמר אורי דניאל מיכל רחל יעל אבי"),
    ),
    "Greek": Language(
        "Greek", "GR", _of("Αιγαίο Αττικ Γαλαν Δελφ Ελλην Θεσσ Ιόνι Κρητ Λευκ Μεσο Νέα Ολυμπ "
                           "Πελα Ροδ Σπαρτ Χρυσ"),
        _of("άνια εία ική ονη όπολη ος τέχνη χώρα"),
        _of("Εμπορική Τεχνολογία Υπηρεσίες Ναυτιλιακή Ενέργεια Κατασκευαστική Συστήματα"),
        ("Α.Ε.", "Ε.Π.Ε.", "Ι.Κ.Ε."),
        _of("Παπαδόπουλος Παπαδάκης Νικολάου Γεωργίου Δημητρίου Ιωάννου Οικονόμου Βασιλείου "
            "Αθανασίου Μακρής"),
        _of("Γιώργος Δημήτρης Κώστας Νίκος Μαρία Ελένη Κατερίνα Ιωάννης Άννα Σοφία"),
    ),
}  # fmt: skip


def organisations(language: Language, count: int, draw: random.Random) -> list[str]:
    """Names of firms, no two alike: one or two words of their own, as many common ones, a form."""
    return _different(lambda: _organisation(language, draw), count)


def _organisation(language: Language, draw: random.Random) -> str:
    own = [_word(language, draw) for _ in range(draw.choice((1, 1, 2)))]
    common = draw.sample(language.common, draw.choice((1, 1, 2)))
    form = [draw.choice(language.forms)]
    words = [*form, *own, *common] if language.form_first else [*own, *common, *form]
    return language.glue.join(words)


def _word(language: Language, draw: random.Random) -> str:
    word = draw.choice(language.heads) + draw.choice(language.tails)
    return word[0].upper() + word[1:]


def people(language: Language, count: int, draw: random.Random) -> list[str]:
    """Names of people, as many as the surnames and given names of the table make."""
    pairs = [(first, last) for first in language.given for last in language.surnames]
    draw.shuffle(pairs)
    return [
        language.glue.join((last, first) if language.surname_first else (first, last))
        for first, last in pairs[:count]
    ]


def _different(make: Callable[[], str], count: int) -> list[str]:
    """The first ``count`` different names of a maker that has many more."""
    found: dict[str, None] = {}
    while len(found) < count:
        found[make()] = None
    return list(found)
