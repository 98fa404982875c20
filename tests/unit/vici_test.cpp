#include "core/vici.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace l2tp::vici {
namespace {

using namespace std::string_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

std::string bytes_of(const Section& message) {
  const auto bytes = encode(message);
  return bytes ? std::string{bytes->view()} : "refused";
}

// A tree in words, so that two trees can be compared and a difference can be read.
std::string words(const Section& section) {
  std::string text;
  for (const auto& entry : section.entries()) {
    text += "<" + entry.name + ">";
    if (const auto* value = std::get_if<Secret>(&entry.content)) {
      text += "=<" + std::string{value->view()} + ">;";
    } else if (const auto* list = std::get_if<std::vector<Secret>>(&entry.content)) {
      text += "=[";
      for (const auto& item : *list) text += "<" + std::string{item.view()} + ">";
      text += "];";
    } else {
      text += "{" + words(std::get<Section>(entry.content)) + "};";
    }
  }
  return text;
}

class RandomTrees {
 public:
  Section section(int depth = 0) {
    Section section;
    for (int count = number(0, 5); count > 0; --count) add_entry(section, depth);
    return section;
  }

  std::string text(int longest) {
    std::string bytes(static_cast<std::size_t>(number(0, longest)), '\0');
    for (auto& byte : bytes) byte = static_cast<char>(number(0, 255));
    return bytes;
  }

  int number(int lowest, int highest) { return std::uniform_int_distribution<int>{lowest, highest}(random_); }

 private:
  void add_entry(Section& into, int depth) {
    const auto name = text(number(0, 9) == 0 ? 255 : 12);
    const int kind = number(0, depth < 6 ? 2 : 1);
    if (kind == 0) {
      into.value(name, text(number(0, 19) == 0 ? 65535 : 40));
    } else if (kind == 1) {
      std::vector<std::string> items(static_cast<std::size_t>(number(0, 4)));
      for (auto& item : items) item = text(20);
      into.list(name, items);
    } else {
      into.section(name, section(depth + 1));
    }
  }

  std::mt19937 random_{1701};
};

// The structure and the bytes of "Encoding example" in the README of strongSwan's vici plugin.
Section example() {
  Section subsection;
  subsection.value("key2", "value2");
  Section section;
  section.section("sub-section", std::move(subsection)).list("list1", {"item1", "item2"});
  Section message;
  message.value("key1", "value1").section("section1", std::move(section));
  return message;
}

const std::string example_bytes =
    "\x03\x04key1\x00\x06value1"
    "\x01\x08section1"
    "\x01\x0bsub-section"
    "\x03\x04key2\x00\x06value2"
    "\x02"
    "\x04\x05list1"
    "\x05\x00\x05item1"
    "\x05\x00\x05item2"
    "\x06"
    "\x02"s;

TEST(ViciEncodingTest, StrongswansExampleHasStrongswansBytes) {
  EXPECT_EQ(bytes_of(example()), example_bytes);
}

TEST(ViciEncodingTest, AnEmptyMessageHasNoBytes) {
  EXPECT_EQ(bytes_of({}), "");
}

TEST(ViciEncodingTest, LongestNameAndValueAreTaken) {
  Section message;
  message.value(std::string(255, 'n'), std::string(65535, 'v'));
  const auto bytes = bytes_of(message);
  ASSERT_THAT(bytes, SizeIs(1 + 1 + 255 + 2 + 65535));
  EXPECT_EQ(bytes.substr(0, 2), "\x03\xff");
  EXPECT_EQ(bytes.substr(257, 2), "\xff\xff");
}

TEST(ViciEncodingTest, LongerNamesAndValuesAreRefusedWhereverTheyStand) {
  const std::string long_name(256, 'n');
  const std::string long_value(65536, 'v');
  Section named_value, valued, listed, named_list, inner, named_section;
  named_value.value(long_name, "");
  valued.value("key", long_value);
  listed.list("list", {"short", long_value});
  named_list.list(long_name, {"short"});
  inner.value("key", long_value);
  named_section.section(long_name, {});
  Section outer;
  outer.section("outer", std::move(inner));
  for (const auto* message : {&named_value, &valued, &listed, &named_list, &named_section, &outer})
    EXPECT_FALSE(encode(*message));
}

TEST(ViciDecodingTest, StrongswansExampleIsRead) {
  const auto message = decode(example_bytes);
  ASSERT_TRUE(message);
  EXPECT_EQ(message->get("key1"), "value1");
  EXPECT_EQ(message->get("section1/sub-section/key2"), "value2");
  ASSERT_NE(message->find("section1"), nullptr);
  EXPECT_THAT(message->find("section1")->items("list1"), ElementsAre("item1", "item2"));
}

TEST(ViciDecodingTest, WhatWasEncodedComesBack) {
  RandomTrees trees;
  for (int round = 0; round < 300; ++round) {
    const auto tree = trees.section();
    const auto decoded = decode(bytes_of(tree));
    ASSERT_TRUE(decoded) << words(tree);
    ASSERT_EQ(words(*decoded), words(tree));
  }
}

TEST(ViciDecodingTest, AMessageThatIsCutShortIsNothing) {
  // Every prefix that ends within an element, or before a section or list is closed.
  for (std::size_t size = 1; size < example_bytes.size(); ++size) {
    const bool whole = size == 14;  // after key1
    EXPECT_EQ(decode(example_bytes.substr(0, size)).has_value(), whole) << size;
  }
}

TEST(ViciDecodingTest, MalformedMessagesAreNothing) {
  for (const auto& [name, bytes] : std::initializer_list<std::pair<const char*, std::string>>{
           {"an element of type 0", "\x00"s},
           {"an unknown element", "\x07\x01x"s},
           {"an unknown element without a name", "\xff"s},
           {"an end without a section", "\x02"s},
           {"one end too many", "\x01\x01s\x02\x02"s},
           {"a section that stays open", "\x01\x01s"s},
           {"a list item outside a list", "\x05\x00\x01x"s},
           {"a list's end outside a list", "\x06"s},
           {"a value within a list", "\x04\x01l\x03\x01k\x00\x01v\x06"s},
           {"a list within a list", "\x04\x01l\x04\x01m\x06\x06"s},
           {"a section within a list", "\x04\x01l\x01\x01s\x02\x06"s},
           {"a list that ends as a section", "\x04\x01l\x02"s},
           {"a list that stays open", "\x04\x01l\x05\x00\x01x"s},
           {"a name longer than the message", "\x03\x09key\x00\x01v"s},
           {"a value longer than the message", "\x03\x01k\xff\xffv"s},
           {"a value with half a length", "\x03\x01k\x00"s},
           {"bytes behind a whole message", "\x03\x01k\x00\x01v!"s},
       })
    EXPECT_FALSE(decode(bytes)) << name;
}

TEST(ViciDecodingTest, WhateverBytesComeNothingBreaks) {
  RandomTrees trees;
  int well_formed = 0;
  for (int round = 0; round < 20000; ++round)
    if (decode(trees.text(60))) ++well_formed;
  EXPECT_LT(well_formed, 20000);
}

TEST(ViciDecodingTest, ADamagedMessageIsNothingOrTheTreeThatItsBytesSay) {
  RandomTrees trees;
  for (int round = 0; round < 3000; ++round) {
    auto bytes = bytes_of(trees.section());
    if (bytes.empty()) continue;
    for (int damage = trees.number(1, 3); damage > 0; --damage)
      bytes[static_cast<std::size_t>(trees.number(0, static_cast<int>(bytes.size()) - 1))] =
          static_cast<char>(trees.number(0, 255));
    const auto decoded = decode(bytes);
    ASSERT_EQ(decoded ? bytes_of(*decoded) : bytes, bytes);
  }
}

std::string nested(int depth) {
  std::string bytes;
  for (int level = 0; level < depth; ++level) bytes += "\x01\x01s";
  return bytes + std::string(static_cast<std::size_t>(depth), '\x02');
}

TEST(ViciDecodingTest, SectionsNestToADepthOf32) {
  EXPECT_TRUE(decode(nested(32)));
  EXPECT_FALSE(decode(nested(33)));
  EXPECT_FALSE(decode(nested(100000)));
}

TEST(ViciSectionTest, WhatIsNotThereIsEmpty) {
  const auto message = example();
  EXPECT_EQ(message.get("no"), "");
  EXPECT_EQ(message.get("section1"), "");
  EXPECT_EQ(message.get("key1/deeper"), "");
  EXPECT_EQ(message.get("section1/no/key2"), "");
  EXPECT_EQ(message.find("key1"), nullptr);
  EXPECT_EQ(message.find("section1/list1"), nullptr);
  EXPECT_THAT(message.items("key1"), IsEmpty());
  EXPECT_THAT(message.items("list1"), IsEmpty());
}

TEST(ViciSectionTest, AListsFirstItemIsItsValue) {
  Section message;
  message.list("list", {"first", "second"}).list("none", std::initializer_list<std::string_view>{});
  EXPECT_EQ(message.get("list"), "first");
  EXPECT_EQ(message.get("none"), "");
}

TEST(ViciSectionTest, AListCanBeReplacedWhereItStands) {
  Section inner;
  inner.value("key", "value").list("list", {"one", "two"});
  Section message;
  message.section("section", std::move(inner)).value("after", "1");
  message.replace_list("section/list", {"three"});
  EXPECT_EQ(words(message), "<section>{<key>=<value>;<list>=[<three>];};<after>=<1>;");
}

TEST(ViciSectionTest, AListThatIsNotThereIsNotMade) {
  Section message;
  message.section("section", {}).value("key", "value");
  const auto before = words(message);
  for (const auto* path : {"no", "key", "section", "section/no", "key/list", "no/list", ""})
    message.replace_list(path, {"item"});
  EXPECT_EQ(words(message), before);
}

TEST(ViciSectionTest, EntriesKeepTheirOrder) {
  Section message;
  message.value("z", "1").value("a", "2").section("m", {}).value("b", "3");
  EXPECT_EQ(words(message), "<z>=<1>;<a>=<2>;<m>{};<b>=<3>;");
}

}  // namespace
}  // namespace l2tp::vici
