<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="en">
<context>
    <name>medlocker::ui::AuditResults</name>
    <message numerus="yes">
        <source>%1: %n image(s) of “%2” answered “%3”</source>
        <translation>
            <numerusform>%1: %n image of “%2” answered “%3”</numerusform>
            <numerusform>%1: %n images of “%2” answered “%3”</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%1: %n image(s) of “%2” answered wrongly</source>
        <translation>
            <numerusform>%1: %n image of “%2” answered wrongly</numerusform>
            <numerusform>%1: %n images of “%2” answered wrongly</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>medlocker::ui::DatasetPage</name>
    <message numerus="yes">
        <source>%n image(s)</source>
        <translation>
            <numerusform>%n image</numerusform>
            <numerusform>%n images</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>medlocker::ui::HomePage</name>
    <message numerus="yes">
        <source>%n image(s), layout “%1”</source>
        <translation>
            <numerusform>%n image, layout “%1”</numerusform>
            <numerusform>%n images, layout “%1”</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n image(s) with lesion masks</source>
        <translation>
            <numerusform>%n image with lesion masks</numerusform>
            <numerusform>%n images with lesion masks</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>medlocker::ui::ProtectForm</name>
    <message numerus="yes">
        <source>%n image(s)</source>
        <translation>
            <numerusform>%n image</numerusform>
            <numerusform>%n images</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>medlocker::ui::ProtectResults</name>
    <message numerus="yes">
        <source>%n image(s) can be restored with the recipient&apos;s key and this file:
%1</source>
        <translation>
            <numerusform>%n image can be restored with the recipient&apos;s key and this file:
%1</numerusform>
            <numerusform>%n images can be restored with the recipient&apos;s key and this file:
%1</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>medlocker::ui::SampleModel</name>
    <message numerus="yes">
        <source>, %n mask(s)</source>
        <translation>
            <numerusform>, %n mask</numerusform>
            <numerusform>, %n masks</numerusform>
        </translation>
    </message>
</context>
</TS>
