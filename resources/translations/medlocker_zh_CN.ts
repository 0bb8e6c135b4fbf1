<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN">
<context>
    <name>AuditCharts</name>
    <message>
        <source>Unchanged</source>
        <translation>未改动</translation>
    </message>
    <message>
        <source>Worst case</source>
        <translation>最坏情况</translation>
    </message>
    <message>
        <source>Accuracy</source>
        <translation>准确率</translation>
    </message>
    <message>
        <source>Robust accuracy (worst case)</source>
        <translation>鲁棒准确率（最坏情况）</translation>
    </message>
    <message>
        <source>Weakest class</source>
        <translation>最弱类别</translation>
    </message>
    <message>
        <source>Accuracy per attack and class</source>
        <translation>各攻击与类别的准确率</translation>
    </message>
    <message>
        <source>Class</source>
        <translation>类别</translation>
    </message>
    <message>
        <source>%1 of %2</source>
        <translation>%1 / %2</translation>
    </message>
    <message>
        <source>Answers, %1</source>
        <translation>回答，%1</translation>
    </message>
    <message>
        <source>True class</source>
        <translation>真实类别</translation>
    </message>
    <message>
        <source>Answer of the model</source>
        <translation>模型的回答</translation>
    </message>
    <message>
        <source>Largest change, in 1/255 of the pixel range</source>
        <translation>最大改动，以像素范围的 1/255 计</translation>
    </message>
    <message>
        <source>Largest change (L2)</source>
        <translation>最大改动（L2）</translation>
    </message>
    <message>
        <source>%1, weakest class</source>
        <translation>%1，最弱类别</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>Images</source>
        <translation>图像</translation>
    </message>
    <message>
        <source>95 % interval</source>
        <translation>95 % 区间</translation>
    </message>
    <message>
        <source>Its accuracy</source>
        <translation>其准确率</translation>
    </message>
    <message>
        <source>NSD</source>
        <translation>NSD</translation>
    </message>
    <message>
        <source>W-Robust</source>
        <translation>W-Robust</translation>
    </message>
    <message>
        <source>Attack</source>
        <translation>攻击</translation>
    </message>
    <message>
        <source>Right</source>
        <translation>正确</translation>
    </message>
    <message>
        <source> (weakest)</source>
        <translation>（最弱）</translation>
    </message>
    <message>
        <source>Models</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>Measure</source>
        <translation>指标</translation>
    </message>
    <message>
        <source>Difference</source>
        <translation>差异</translation>
    </message>
    <message>
        <source>%1 points</source>
        <translation>%1 个百分点</translation>
    </message>
    <message>
        <source>robust accuracy</source>
        <translation>鲁棒准确率</translation>
    </message>
    <message>
        <source>robust accuracy of the weakest class</source>
        <translation>最弱类别的鲁棒准确率</translation>
    </message>
    <message>
        <source>robust accuracy, mean over classes</source>
        <translation>鲁棒准确率，各类别平均</translation>
    </message>
    <message>
        <source>%1 minus %2</source>
        <translation>%1 减 %2</translation>
    </message>
</context>
<context>
    <name>AuditReport</name>
    <message>
        <source>%1 of the range from black to white, for every sample</source>
        <translation>每个样本最多改动从黑到白范围的 %1</translation>
    </message>
    <message>
        <source>%1 in the Euclidean norm</source>
        <translation>欧几里得范数下 %1</translation>
    </message>
    <message>
        <source>Model “%1”</source>
        <translation>模型“%1”</translation>
    </message>
    <message>
        <source>Accuracy per class, with 95 % Wilson intervals. ▼ marks the class that is weakest in the worst case over all attacks.</source>
        <translation>各类别的准确率及 95 % Wilson 区间。▼ 标出在所有攻击的最坏情况下最弱的类别。</translation>
    </message>
    <message>
        <source>Every class</source>
        <translation>每个类别</translation>
    </message>
    <message>
        <source>Every attack alone, and the worst case over all</source>
        <translation>每种攻击单独的结果，以及所有攻击中的最坏情况</translation>
    </message>
    <message>
        <source>Accuracy per attack (row) and class (column)</source>
        <translation>各攻击（行）与类别（列）的准确率</translation>
    </message>
    <message>
        <source>With the classes from “%1” on counted as referable, the sensitivity is %2 on unchanged images and %3 in the worst case; the specificity is %4 and %5.</source>
        <translation>若从“%1”起的类别视为需转诊，未改动图像上的灵敏度为 %2，最坏情况下为 %3；特异度分别为 %4 和 %5。</translation>
    </message>
    <message>
        <source>Answers on unchanged images, shares of the true class</source>
        <translation>未改动图像上的回答，占真实类别的比例</translation>
    </message>
    <message>
        <source>Answers in the worst case, shares of the true class</source>
        <translation>最坏情况下的回答，占真实类别的比例</translation>
    </message>
    <message>
        <source>%1: “%2” under attack</source>
        <translation>%1：受攻击时回答“%2”</translation>
    </message>
    <message>
        <source>Images of the weakest class “%1” that are right when unchanged and wrong under attack (shown unchanged, at most %2)</source>
        <translation>最弱类别“%1”中未改动时正确、受攻击时错误的图像（以未改动的样子显示，最多 %2 幅）</translation>
    </message>
    <message>
        <source>Method</source>
        <translation>方法</translation>
    </message>
    <message>
        <source>Every image was given to every model, first unchanged, then changed by each attack within the allowed size. An attack searches for the change that makes the answer wrong. In the worst case an image counts as right only if it is right unchanged and under every attack. Each success was checked again with the model as stored, in full precision.</source>
        <translation>每幅图像都交给每个模型：先是未改动的，再由每种攻击在允许的幅度内改动。攻击寻找使回答出错的改动。在最坏情况下，一幅图像只有在未改动以及所有攻击下都正确才算正确。每次成功都用原样保存的模型以全精度重新核对。</translation>
    </message>
    <message>
        <source>Intervals of rates are 95 % Wilson intervals; those of differences between models are paired bootstrap intervals on the same images. NSD is the standard deviation of the accuracy over classes divided by its mean: 0 is perfectly even. W-Robust is the mean of accuracy on unchanged images and in the worst case.</source>
        <translation>比率的区间为 95 % Wilson 区间；模型间差异的区间为相同图像上的配对自助区间。NSD 是各类别准确率的标准差除以其均值：0 表示完全均衡。W-Robust 是未改动图像与最坏情况下准确率的平均。</translation>
    </message>
    <message>
        <source>Dataset</source>
        <translation>数据集</translation>
    </message>
    <message>
        <source>Dataset fingerprint</source>
        <translation>数据集指纹</translation>
    </message>
    <message>
        <source>Largest change</source>
        <translation>最大改动</translation>
    </message>
    <message>
        <source>Seed</source>
        <translation>随机种子</translation>
    </message>
    <message>
        <source>Program</source>
        <translation>程序</translation>
    </message>
    <message>
        <source>%1, input %2 px, weights %3</source>
        <translation>%1，输入 %2 像素，权重 %3</translation>
    </message>
    <message>
        <source>Attack</source>
        <translation>攻击</translation>
    </message>
    <message>
        <source>Settings</source>
        <translation>设置</translation>
    </message>
    <message>
        <source>Settings of the attacks</source>
        <translation>攻击的设置</translation>
    </message>
    <message>
        <source>The model “%1” was right on %2 of %3 unchanged images (%4).</source>
        <translation>模型“%1”在 %3 幅未改动的图像中答对了 %2 幅（%4）。</translation>
    </message>
    <message>
        <source>With every image changed by the attack that harms it most, it was right on %1 (%2; between %3 and %4 with 95 % confidence).</source>
        <translation>当每幅图像都受到对其最有害的攻击时，答对 %1 幅（%2；95 % 置信度下介于 %3 与 %4 之间）。</translation>
    </message>
    <message>
        <source>Its weakest class is “%1”: %2 of %3 images (%4).</source>
        <translation>其最弱类别是“%1”：%3 幅中答对 %2 幅（%4）。</translation>
    </message>
    <message>
        <source>The condition “%1” is met by “%2”.</source>
        <translation>“%2”满足条件“%1”。</translation>
    </message>
    <message>
        <source>The condition “%1” is NOT met by “%2”.</source>
        <translation>“%2”不满足条件“%1”。</translation>
    </message>
    <message>
        <source>Robust figures are upper bounds: a stronger attack may break more images, and no list of attacks can show that none would.</source>
        <translation>鲁棒数值是上界：更强的攻击可能使更多图像出错，任何攻击清单都无法证明不存在更强者。</translation>
    </message>
    <message>
        <source>Nothing is said about larger changes, or changes of another kind such as blur, rotation or another camera.</source>
        <translation>对于更大的改动，或其他类型的改动（如模糊、旋转或另一台相机），这里没有任何结论。</translation>
    </message>
    <message>
        <source>Intervals tell how far the figures may be off because only these images were tested. They say nothing about images from other clinics or patients.</source>
        <translation>区间说明由于只测试了这些图像，数值可能有多大偏差。它们对其他诊所或患者的图像没有任何说明。</translation>
    </message>
    <message>
        <source>This is no statement of clinical performance.</source>
        <translation>这不是关于临床性能的结论。</translation>
    </message>
    <message>
        <source>Robustness audit of %1</source>
        <translation>%1 的鲁棒性审计</translation>
    </message>
    <message>
        <source>Images</source>
        <translation>图像</translation>
    </message>
    <message>
        <source>Models</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>Attacks</source>
        <translation>攻击</translation>
    </message>
    <message>
        <source>Date</source>
        <translation>日期</translation>
    </message>
    <message>
        <source>Robustness audit</source>
        <translation>鲁棒性审计</translation>
    </message>
    <message>
        <source>How often diagnosis models still answer correctly when images are changed on purpose, class by class.</source>
        <translation>当图像被有意改动时，诊断模型仍有多少回答正确，逐类说明。</translation>
    </message>
    <message>
        <source>Made with MedLocker. For the assessment of research models; not for diagnosis.</source>
        <translation>由 MedLocker 生成。用于评估研究模型；不用于诊断。</translation>
    </message>
    <message>
        <source>Summary</source>
        <translation>摘要</translation>
    </message>
    <message>
        <source>All models: unchanged images and the worst case over all attacks</source>
        <translation>所有模型：未改动的图像与所有攻击的最坏情况</translation>
    </message>
    <message>
        <source>Accuracy with 95 % intervals</source>
        <translation>准确率及 95 % 区间</translation>
    </message>
    <message>
        <source>Warnings</source>
        <translation>警告</translation>
    </message>
    <message>
        <source>Security curve</source>
        <translation>安全曲线</translation>
    </message>
    <message>
        <source>Accuracy as the largest allowed change grows</source>
        <translation>随着允许的最大改动增大时的准确率</translation>
    </message>
    <message>
        <source>Models side by side</source>
        <translation>模型对比</translation>
    </message>
    <message>
        <source>Robust accuracy per class in the worst case, with 95 % intervals</source>
        <translation>最坏情况下各类别的鲁棒准确率及 95 % 区间</translation>
    </message>
    <message>
        <source>Differences on the same images; an interval that does not contain 0 is unlikely to come from the choice of images alone</source>
        <translation>相同图像上的差异；不含 0 的区间不太可能仅由图像的选取造成</translation>
    </message>
    <message>
        <source>Limits</source>
        <translation>局限</translation>
    </message>
</context>
<context>
    <name>Charts</name>
    <message>
        <source>95 % interval</source>
        <translation>95 % 区间</translation>
    </message>
    <message>
        <source> (worst)</source>
        <translation>（最弱）</translation>
    </message>
</context>
<context>
    <name>Form</name>
    <message>
        <source>a few seconds</source>
        <translation>几秒</translation>
    </message>
    <message>
        <source>about %1 s</source>
        <translation>约 %1 秒</translation>
    </message>
    <message>
        <source>about %1 min</source>
        <translation>约 %1 分钟</translation>
    </message>
    <message>
        <source>about %1 h</source>
        <translation>约 %1 小时</translation>
    </message>
    <message>
        <source>Clear: %1</source>
        <translation>清除：%1</translation>
    </message>
</context>
<context>
    <name>PdfDocument</name>
    <message>
        <source>Page %1</source>
        <translation>第 %1 页</translation>
    </message>
</context>
<context>
    <name>ProtectionCharts</name>
    <message>
        <source>%1 (known to the search)</source>
        <translation>%1（搜索已知）</translation>
    </message>
    <message>
        <source>%1 (unknown to it)</source>
        <translation>%1（搜索未知）</translation>
    </message>
    <message>
        <source>Accuracy</source>
        <translation>准确率</translation>
    </message>
    <message>
        <source>Original</source>
        <translation>原图</translation>
    </message>
    <message>
        <source>Protected</source>
        <translation>受保护</translation>
    </message>
    <message>
        <source>Which models are misled</source>
        <translation>哪些模型被误导</translation>
    </message>
    <message>
        <source>Right: originals</source>
        <translation>正确：原图</translation>
    </message>
    <message>
        <source>Right: random place</source>
        <translation>正确：随机位置</translation>
    </message>
    <message>
        <source>Right: protected</source>
        <translation>正确：受保护</translation>
    </message>
    <message>
        <source>Misled</source>
        <translation>被误导</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>p, against random</source>
        <translation>p，相对随机位置</translation>
    </message>
    <message>
        <source>Accuracy after attempts to remove the logo</source>
        <translation>尝试移除标志后的准确率</translation>
    </message>
</context>
<context>
    <name>ProtectionReport</name>
    <message>
        <source>every model known to the search answers wrongly</source>
        <translation>搜索已知的每个模型都回答错误</translation>
    </message>
    <message>
        <source>at least one of these models answers wrongly</source>
        <translation>其中至少一个模型回答错误</translation>
    </message>
    <message>
        <source>marked, but none of these models was misled</source>
        <translation>已加标志，但没有模型被误导</translation>
    </message>
    <message>
        <source>no place that covers no lesion; not written</source>
        <translation>没有不遮挡病灶的位置；未写出</translation>
    </message>
    <message>
        <source>was marked already; not written</source>
        <translation>已带有标志；未写出</translation>
    </message>
    <message>
        <source>could not be read or written; the reason is in the list</source>
        <translation>无法读取或写入；原因见列表</translation>
    </message>
    <message>
        <source>%1 of %2 images were written with a visible logo and are listed in a signed certificate.</source>
        <translation>%2 幅图像中有 %1 幅带可见标志写出，并列入已签名的证书。</translation>
    </message>
    <message>
        <source>The logo covers %1 of the field of view on average. %2 No sample outside the logo was changed%3.</source>
        <translation>标志平均覆盖视野的 %1。%2标志以外没有任何样本的改动%3。</translation>
    </message>
    <message>
        <source>No marked lesion pixel is covered.</source>
        <translation>没有遮挡任何已标注的病灶像素。</translation>
    </message>
    <message>
        <source>%1 lesion pixels are covered.</source>
        <translation>遮挡了 %1 个病灶像素。</translation>
    </message>
    <message>
        <source> by more than %1 of 255 steps</source>
        <translation>超过 255 级中的 %1 级</translation>
    </message>
    <message>
        <source>The model “%1”, which the search knew, is right on %2 of the originals and on %3 of the protected copies.</source>
        <translation>搜索已知的模型“%1”在 %2 的原图和 %3 的受保护副本上回答正确。</translation>
    </message>
    <message>
        <source>The model “%1”, which the search did not know, is right on %2 of the originals, on %3 with a logo placed at random, and on %4 of the protected copies.</source>
        <translation>搜索未知的模型“%1”在 %2 的原图、%3 的随机放置标志的图像和 %4 的受保护副本上回答正确。</translation>
    </message>
    <message>
        <source>No model was used: the logo was placed where no lesion is, without an effect on models in mind.</source>
        <translation>未使用模型：标志放在没有病灶的位置，未针对任何模型。</translation>
    </message>
    <message>
        <source>Whoever has the owner&apos;s key, or a grant, gets every original sample back, bit for bit.</source>
        <translation>持有所有者密钥或授权的人可逐位取回每个原始样本。</translation>
    </message>
    <message>
        <source>Protection of %1</source>
        <translation>%1 的保护</translation>
    </message>
    <message>
        <source>Dataset</source>
        <translation>数据集</translation>
    </message>
    <message>
        <source>Images</source>
        <translation>图像</translation>
    </message>
    <message>
        <source>Run</source>
        <translation>运行</translation>
    </message>
    <message>
        <source>Owner</source>
        <translation>所有者</translation>
    </message>
    <message>
        <source>Models of the search</source>
        <translation>搜索所用模型</translation>
    </message>
    <message>
        <source>none</source>
        <translation>无</translation>
    </message>
    <message>
        <source>Date</source>
        <translation>日期</translation>
    </message>
    <message>
        <source>Protection of a dataset</source>
        <translation>数据集的保护</translation>
    </message>
    <message>
        <source>A visible logo was placed where diagnosis models fail and no marked lesion is covered. The copy is certified, and an authorised reader gets the originals back.</source>
        <translation>可见标志放在诊断模型出错且不遮挡已标注病灶的位置。副本经过认证，获授权的读者可取回原图。</translation>
    </message>
    <message>
        <source>For the owner of the dataset: this report tells how models answer and is not meant to be published with the copy. A protected image is not for diagnosis.</source>
        <translation>供数据集所有者使用：本报告说明模型如何回答，不应与副本一同公开。受保护的图像不用于诊断。</translation>
    </message>
    <message>
        <source>Summary</source>
        <translation>摘要</translation>
    </message>
    <message>
        <source>Status</source>
        <translation>状态</translation>
    </message>
    <message>
        <source>Meaning</source>
        <translation>含义</translation>
    </message>
    <message>
        <source>Images per status; the counts add up to all images of the dataset</source>
        <translation>各状态的图像数；合计为数据集的全部图像</translation>
    </message>
    <message>
        <source>Effect on models</source>
        <translation>对模型的影响</translation>
    </message>
    <message>
        <source>Accuracy on originals and on protected copies, models known to the search</source>
        <translation>搜索已知的模型在原图和受保护副本上的准确率</translation>
    </message>
    <message>
        <source>Share of right answers, and of answers that were right and are wrong now (misled)</source>
        <translation>正确回答的比例，以及原本正确而现在错误（被误导）的比例</translation>
    </message>
    <message>
        <source>The same with 95 % intervals; p is McNemar&apos;s test of protected against randomly placed logos</source>
        <translation>同上，附 95 % 区间；p 为受保护图像与随机放置标志的 McNemar 检验</translation>
    </message>
    <message>
        <source>%1, original</source>
        <translation>%1，原图</translation>
    </message>
    <message>
        <source>protected: %1 → %2</source>
        <translation>受保护：%1 → %2</translation>
    </message>
    <message>
        <source>Examples</source>
        <translation>示例</translation>
    </message>
    <message>
        <source>Originals and protected copies, at most %1 pairs, with the answers of the models before and after</source>
        <translation>原图与受保护副本，最多 %1 对，附模型前后的回答</translation>
    </message>
    <message>
        <source>All images</source>
        <translation>全部图像</translation>
    </message>
    <message>
        <source>Image</source>
        <translation>图像</translation>
    </message>
    <message>
        <source>Label</source>
        <translation>标签</translation>
    </message>
    <message>
        <source>Before</source>
        <translation>之前</translation>
    </message>
    <message>
        <source>After</source>
        <translation>之后</translation>
    </message>
    <message>
        <source>Covered</source>
        <translation>覆盖</translation>
    </message>
    <message>
        <source>SSIM</source>
        <translation>SSIM</translation>
    </message>
    <message>
        <source>Before and after: the answers of the models. Covered: share of the field of view under the logo.</source>
        <translation>之前与之后：模型的回答。覆盖：标志占视野的比例。</translation>
    </message>
    <message>
        <source>Method</source>
        <translation>方法</translation>
    </message>
    <message>
        <source>Lesions are taken from masks and from boxes that a person drew, and kept free with a margin. Places of the logo are tried in batches against the models of the search; the least conspicuous one that works is taken. The file as written is read again and judged in full precision.</source>
        <translation>病灶来自掩膜和人工绘制的框，并留出边距。标志的位置针对搜索所用模型成批尝试，取最不显眼而有效的一个。写出的文件会重新读取并以全精度判断。</translation>
    </message>
    <message>
        <source>Run folder</source>
        <translation>运行文件夹</translation>
    </message>
    <message>
        <source>Program</source>
        <translation>程序</translation>
    </message>
    <message>
        <source>Limits</source>
        <translation>局限</translation>
    </message>
    <message>
        <source>Whoever inpaints or blacks out the logo, or trains on marked and labelled images, can get around it. Lesions stay visible by design.</source>
        <translation>若有人修补或涂黑标志，或用带标志和标签的图像训练，即可绕过保护。病灶按设计保持可见。</translation>
    </message>
    <message>
        <source>Models that the search did not know may be misled less. Measure them with the page&apos;s “Transfer”.</source>
        <translation>搜索未知的模型可能较少被误导。请用本页的“迁移”测量。</translation>
    </message>
    <message>
        <source>The program does not de-identify images; that must be done before.</source>
        <translation>本程序不做去标识化；须事先完成。</translation>
    </message>
    <message>
        <source>Only lesions that are marked can be kept free.</source>
        <translation>只有已标注的病灶才能避开。</translation>
    </message>
</context>
<context>
    <name>QObject</name>
    <message>
        <source>Passphrase</source>
        <translation>口令</translation>
    </message>
</context>
<context>
    <name>Stages</name>
    <message>
        <source>Attacking</source>
        <translation>正在攻击</translation>
    </message>
    <message>
        <source>Certifying</source>
        <translation>正在认证</translation>
    </message>
    <message>
        <source>Evaluating</source>
        <translation>正在评估</translation>
    </message>
    <message>
        <source>Finding the images</source>
        <translation>正在查找图像</translation>
    </message>
    <message>
        <source>Measuring settings</source>
        <translation>正在测量设置</translation>
    </message>
    <message>
        <source>Measuring the models</source>
        <translation>正在测量模型</translation>
    </message>
    <message>
        <source>Opening the run</source>
        <translation>正在打开运行</translation>
    </message>
    <message>
        <source>Protecting</source>
        <translation>正在保护</translation>
    </message>
    <message>
        <source>Reading audits</source>
        <translation>正在读取审计</translation>
    </message>
    <message>
        <source>Reading the dataset</source>
        <translation>正在读取数据集</translation>
    </message>
    <message>
        <source>Restoring</source>
        <translation>正在还原</translation>
    </message>
    <message>
        <source>Searching masks</source>
        <translation>正在查找掩膜</translation>
    </message>
    <message>
        <source>Verifying</source>
        <translation>正在验证</translation>
    </message>
    <message>
        <source>draw</source>
        <translation>绘制</translation>
    </message>
    <message>
        <source>epoch</source>
        <translation>轮次</translation>
    </message>
    <message>
        <source>train</source>
        <translation>训练</translation>
    </message>
</context>
<context>
    <name>TaskRunner</name>
    <message>
        <source>The machine ran out of memory. Close other programs or use fewer threads, then try again.</source>
        <translation>内存不足。请关闭其他程序或减少线程后重试。</translation>
    </message>
    <message>
        <source>Unexpected failure: %1</source>
        <translation>意外故障：%1</translation>
    </message>
    <message>
        <source>Unexpected failure of an unknown kind.</source>
        <translation>未知的意外故障。</translation>
    </message>
</context>
<context>
    <name>TrainingCharts</name>
    <message>
        <source>Epoch</source>
        <translation>轮次</translation>
    </message>
    <message>
        <source>Temperatures of the teachers</source>
        <translation>教师模型的温度</translation>
    </message>
    <message>
        <source>Temperatures under attack, per class</source>
        <translation>受攻击时各类别的温度</translation>
    </message>
    <message>
        <source>Temperatures on clean images, per class</source>
        <translation>未改动图像上各类别的温度</translation>
    </message>
    <message>
        <source>Class weights</source>
        <translation>类别权重</translation>
    </message>
    <message>
        <source>Weights</source>
        <translation>权重</translation>
    </message>
    <message>
        <source>Weights of the natural error, per class</source>
        <translation>各类别自然误差的权重</translation>
    </message>
    <message>
        <source>Weights of the boundary error, per class</source>
        <translation>各类别边界误差的权重</translation>
    </message>
    <message>
        <source>Scale of the attack, per class</source>
        <translation>各类别的攻击幅度系数</translation>
    </message>
    <message>
        <source>Attack strength ε · 255, per class</source>
        <translation>各类别的攻击强度 ε · 255</translation>
    </message>
    <message>
        <source>Weight β of robustness, per class</source>
        <translation>各类别的鲁棒权重 β</translation>
    </message>
    <message>
        <source>Risk under attack, per class</source>
        <translation>受攻击时各类别的风险</translation>
    </message>
    <message>
        <source>Risk on clean images, per class</source>
        <translation>未改动图像上各类别的风险</translation>
    </message>
    <message>
        <source>Attack steps survived, per class</source>
        <translation>各类别承受的攻击步数</translation>
    </message>
    <message>
        <source>Validation cost, per class</source>
        <translation>各类别的验证代价</translation>
    </message>
    <message>
        <source>Accuracy under attack while training, per class</source>
        <translation>训练中受攻击时各类别的准确率</translation>
    </message>
    <message>
        <source>Parts of the loss</source>
        <translation>损失的组成部分</translation>
    </message>
    <message>
        <source>Entropy of the teachers&apos; answers</source>
        <translation>教师模型回答的熵</translation>
    </message>
    <message>
        <source>Robust teacher</source>
        <translation>鲁棒教师模型</translation>
    </message>
    <message>
        <source>Natural teacher</source>
        <translation>自然教师模型</translation>
    </message>
    <message>
        <source>Under attack</source>
        <translation>受攻击时</translation>
    </message>
    <message>
        <source>Clean images</source>
        <translation>未改动的图像</translation>
    </message>
    <message>
        <source>Averaged model</source>
        <translation>平均模型</translation>
    </message>
    <message>
        <source>Accuracy under attack, per class</source>
        <translation>受攻击时各类别的准确率</translation>
    </message>
    <message>
        <source>Clean accuracy, per class</source>
        <translation>未改动图像上各类别的准确率</translation>
    </message>
    <message>
        <source>Training</source>
        <translation>训练</translation>
    </message>
    <message>
        <source>Validation</source>
        <translation>验证</translation>
    </message>
    <message>
        <source>Validation under attack</source>
        <translation>受攻击时的验证</translation>
    </message>
    <message>
        <source>Accuracy</source>
        <translation>准确率</translation>
    </message>
    <message>
        <source>Balanced accuracy</source>
        <translation>均衡准确率</translation>
    </message>
    <message>
        <source>Worst class under attack</source>
        <translation>受攻击时最弱的类别</translation>
    </message>
    <message>
        <source>Under attack, epoch %1</source>
        <translation>受攻击时，第 %1 轮</translation>
    </message>
    <message>
        <source>Epoch %1</source>
        <translation>第 %1 轮</translation>
    </message>
    <message>
        <source>Learning rate</source>
        <translation>学习率</translation>
    </message>
</context>
<context>
    <name>main</name>
    <message>
        <source>The window of MedLocker: protect, certify and restore retinal image datasets.</source>
        <translation>MedLocker 的窗口：保护、认证并还原视网膜图像数据集。</translation>
    </message>
    <message>
        <source>Dataset or project to open</source>
        <translation>要打开的数据集或项目</translation>
    </message>
</context>
<context>
    <name>medlocker::ui::AppState</name>
    <message>
        <source>Open a dataset</source>
        <translation>打开数据集</translation>
    </message>
    <message>
        <source>“%1” is still running. Wait for it, or stop it, then open another dataset.</source>
        <translation>“%1”仍在运行。请等待或停止它，再打开另一个数据集。</translation>
    </message>
    <message>
        <source>Open a project</source>
        <translation>打开项目</translation>
    </message>
    <message>
        <source>Opening the dataset</source>
        <translation>正在打开数据集</translation>
    </message>
    <message>
        <source>Drawing sample data</source>
        <translation>正在绘制示例数据</translation>
    </message>
</context>
<context>
    <name>medlocker::ui::AuditForm</name>
    <message>
        <source>Quick</source>
        <translation>快速</translation>
    </message>
    <message>
        <source>FGSM and PGD-20: minutes; a first impression.</source>
        <translation>FGSM 与 PGD-20：几分钟；初步印象。</translation>
    </message>
    <message>
        <source>Standard</source>
        <translation>标准</translation>
    </message>
    <message>
        <source>adds CW and AutoAttack: what papers report. Hours for many images on a processor.</source>
        <translation>加上 CW 与 AutoAttack：论文中所报告的。图像较多时在处理器上需数小时。</translation>
    </message>
    <message>
        <source>Thorough</source>
        <translation>彻底</translation>
    </message>
    <message>
        <source>adds PGD-100 and AutoAttack with restarts: for a final statement.</source>
        <translation>加上 PGD-100 与带重启的 AutoAttack：用于最终结论。</translation>
    </message>
    <message>
        <source>Own list</source>
        <translation>自定列表</translation>
    </message>
    <message>
        <source>Names separated by commas, for example fgsm,pgd-20,square.</source>
        <translation>以逗号分隔的名称，例如 fgsm,pgd-20,square。</translation>
    </message>
    <message>
        <source>Audit</source>
        <translation>审计</translation>
    </message>
    <message>
        <source>How often do models still answer correctly when every image is changed on purpose, by less than a person would notice, and which class suffers most?</source>
        <translation>当每幅图像被有意改动而人眼难以察觉时，模型仍有多少回答正确，哪个类别受影响最大？</translation>
    </message>
    <message>
        <source>What is audited</source>
        <translation>审计对象</translation>
    </message>
    <message>
        <source>Models: folders with model.safetensors and model.json</source>
        <translation>模型：含 model.safetensors 和 model.json 的文件夹</translation>
    </message>
    <message>
        <source>Models to audit</source>
        <translation>要审计的模型</translation>
    </message>
    <message>
        <source>all</source>
        <translation>全部</translation>
    </message>
    <message>
        <source>Images per class</source>
        <translation>每类图像数</translation>
    </message>
    <message>
        <source>Part of the dataset</source>
        <translation>数据集的部分</translation>
    </message>
    <message>
        <source>All images</source>
        <translation>全部图像</translation>
    </message>
    <message>
        <source>Training part</source>
        <translation>训练部分</translation>
    </message>
    <message>
        <source>Validation part</source>
        <translation>验证部分</translation>
    </message>
    <message>
        <source>Test part</source>
        <translation>测试部分</translation>
    </message>
    <message>
        <source>Images</source>
        <translation>图像</translation>
    </message>
    <message>
        <source>At most per class</source>
        <translation>每类最多</translation>
    </message>
    <message>
        <source>How hard</source>
        <translation>强度</translation>
    </message>
    <message>
        <source>Attacks</source>
        <translation>攻击</translation>
    </message>
    <message>
        <source>Names of the attacks</source>
        <translation>攻击名称</translation>
    </message>
    <message>
        <source>Largest change (ε)</source>
        <translation>最大改动（ε）</translation>
    </message>
    <message>
        <source>usual one for the image size</source>
        <translation>按图像尺寸的惯用值</translation>
    </message>
    <message>
        <source>Norm</source>
        <translation>范数</translation>
    </message>
    <message>
        <source>Every sample by at most ε (L∞)</source>
        <translation>每个样本最多 ε（L∞）</translation>
    </message>
    <message>
        <source>All samples together by at most ε (L2)</source>
        <translation>所有样本合计最多 ε（L2）</translation>
    </message>
    <message>
        <source>Security curve: also 1/255, 2/255, 4/255 and 8/255 with PGD-20</source>
        <translation>安全曲线：另以 PGD-20 测 1/255、2/255、4/255 和 8/255</translation>
    </message>
    <message>
        <source>Conditions</source>
        <translation>条件</translation>
    </message>
    <message>
        <source>for example worst_class&gt;=0.3, clean_accuracy&gt;=0.8</source>
        <translation>例如 worst_class&gt;=0.3, clean_accuracy&gt;=0.8</translation>
    </message>
    <message>
        <source>Seed</source>
        <translation>随机种子</translation>
    </message>
    <message>
        <source>Names</source>
        <translation>名称</translation>
    </message>
    <message>
        <source>Folder for the report</source>
        <translation>报告文件夹</translation>
    </message>
    <message>
        <source>Report to</source>
        <translation>报告存到</translation>
    </message>
    <message>
        <source>What is missing</source>
        <translation>还缺什么</translation>
    </message>
    <message>
        <source>Start the audit</source>
        <translation>开始审计</translation>
    </message>
    <message>
        <source>Open an earlier audit…</source>
        <translation>打开先前的审计…</translation>
    </message>
    <message>
        <source>Folder of an audit</source>
        <translation>审计的文件夹</translation>
    </message>
    <message>
        <source>Open a dataset on the page Home.</source>
        <translation>请在“主页”打开数据集。</translation>
    </message>
    <message>
        <source>Add at least one model.</source>
        <translation>请至少添加一个模型。</translation>
    </message>
    <message>
        <source>Choose a folder for the report.</source>
        <translation>请选择报告文件夹。</translation>
    </message>
    <message>
        <source>That folder holds a finished audit. Choose another one.</source>
        <translation>该文件夹中已有完成的审计。请另选一个。</translation>
    </message>
    <message>
        <source>Go on with the audit</source>
        <translation>继续审计</translation>
    </message>
</context>
<context>
    <name>medlocker::ui::AuditPage</name>
    <message>
        <source>Auditing</source>
        <translation>正在审计</translation>
    </message>
    <message>
        <source>Every finished step is on disk before the next begins. You may stop or close the window at any time and go on later with the same figures.</source>
        <translation>每完成一步都先写入磁盘再进行下一步。您可以随时停止或关闭窗口，之后继续，数值不变。</translation>
    </message>
    <message>
        <source>State of the audit</source>
        <translation>审计的状态</translation>
    </message>
    <message>
        <source>Images right so far, per model, attack and class</source>
        <translation>目前为止各模型、攻击和类别的正确图像</translation>
    </message>
    <message>
        <source>Step %1 of %2</source>
        <translation>第 %1 步，共 %2 步</translation>
    </message>
    <message>
        <source> · %1 left</source>
        <translation> · 剩余%1</translation>
    </message>
    <message>
        <source>Opening models and images</source>
        <translation>正在打开模型和图像</translation>
    </message>
    <message>
        <source>Opening an audit</source>
        <translation>正在打开审计</translation>
    </message>
    <message>
        <source>Folder of another audit</source>
        <translation>另一个审计的文件夹</translation>
    </message>
    <message>
        <source>Comparing audits</source>
        <translation>正在比较审计</translation>
    </message>
    <message>
        <source>Options of the audit</source>
        <translation>审计选项</translation>
    </message>
</context>
<context>
    <name>medlocker::ui::AuditProgressModel</name>
    <message>
        <source>Unchanged</source>
        <translation>未改动</translation>
    </message>
    <message>
        <source>Worst case</source>
        <translation>最坏情况</translation>
    </message>
    <message>
        <source>%1 of %2</source>
        <translation>%1 / %2</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>Attack</source>
        <translation>攻击</translation>
    </message>
    <message>
        <source>Images done</source>
        <translation>已完成图像</translation>
    </message>
    <message>
        <source>%1: right</source>
        <translation>%1：正确</translation>
    </message>
</context>
<context>
    <name>medlocker::ui::AuditResults</name>
    <message>
        <source>Summary of the audit</source>
        <translation>审计摘要</translation>
    </message>
    <message>
        <source>Export</source>
        <translation>导出</translation>
    </message>
    <message>
        <source>Export the report</source>
        <translation>导出报告</translation>
    </message>
    <message>
        <source>PDF, A4…</source>
        <translation>PDF，A4…</translation>
    </message>
    <message>
        <source>PDF, Letter…</source>
        <translation>PDF，Letter…</translation>
    </message>
    <message>
        <source>HTML…</source>
        <translation>HTML…</translation>
    </message>
    <message>
        <source>CSV…</source>
        <translation>CSV…</translation>
    </message>
    <message>
        <source>JSON…</source>
        <translation>JSON…</translation>
    </message>
    <message>
        <source>Compare with…</source>
        <translation>与…比较</translation>
    </message>
    <message>
        <source>Open the folder</source>
        <translation>打开文件夹</translation>
    </message>
    <message>
        <source>Another audit</source>
        <translation>另一次审计</translation>
    </message>
    <message>
        <source>All models</source>
        <translation>所有模型</translation>
    </message>
    <message>
        <source>Model shown</source>
        <translation>显示的模型</translation>
    </message>
    <message>
        <source>Attack shown</source>
        <translation>显示的攻击</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>Attack</source>
        <translation>攻击</translation>
    </message>
    <message>
        <source>▼ marks the weakest class. Click a bar or a cell to see the images behind it.</source>
        <translation>▼ 标出最弱类别。点击柱或单元格查看其背后的图像。</translation>
    </message>
    <message>
        <source>Charts of the audit</source>
        <translation>审计图表</translation>
    </message>
    <message>
        <source>Accuracy per class</source>
        <translation>各类别准确率</translation>
    </message>
    <message>
        <source>Accuracy per attack and class</source>
        <translation>各攻击与类别的准确率</translation>
    </message>
    <message>
        <source>Answers per true class</source>
        <translation>各真实类别的回答</translation>
    </message>
    <message>
        <source>Accuracy by size of the change</source>
        <translation>随改动幅度变化的准确率</translation>
    </message>
    <message>
        <source>Models side by side</source>
        <translation>模型对比</translation>
    </message>
    <message>
        <source>Per class</source>
        <translation>按类别</translation>
    </message>
    <message>
        <source>Heat map</source>
        <translation>热图</translation>
    </message>
    <message>
        <source>Confusion</source>
        <translation>混淆矩阵</translation>
    </message>
    <message>
        <source>Security curve</source>
        <translation>安全曲线</translation>
    </message>
    <message>
        <source>Models</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>Images behind the chosen figure</source>
        <translation>所选数值背后的图像</translation>
    </message>
    <message>
        <source>Warning: %1</source>
        <translation>警告：%1</translation>
    </message>
    <message>
        <source>… more in the report</source>
        <translation>……其余见报告</translation>
    </message>
    <message>
        <source>The audit was run without a security curve</source>
        <translation>该审计未计算安全曲线</translation>
    </message>
    <message>
        <source>One model only. “Compare with…” puts audits side by side.</source>
        <translation>只有一个模型。“与…比较”可并排显示多个审计。</translation>
    </message>
    <message>
        <source>%1: unchanged “%2”, now “%3”</source>
        <translation>%1：未改动时“%2”，现在“%3”</translation>
    </message>
    <message numerus="yes">
        <source>%1: %n image(s) of “%2” answered “%3”</source>
        <translation>
            <numerusform>%1：“%2”中有 %n 幅图像被答为“%3”</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%1: %n image(s) of “%2” answered wrongly</source>
        <translation>
            <numerusform>%1：“%2”中有 %n 幅图像回答错误</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>medlocker::ui::BeforeAfterView</name>
    <message>
        <source>Before and after</source>
        <translation>前后对比</translation>
    </message>
    <message>
        <source>Left and right arrow keys move the divider</source>
        <translation>左右方向键移动分隔线</translation>
    </message>
    <message>
        <source>Original</source>
        <translation>原图</translation>
    </message>
    <message>
        <source>Protected</source>
        <translation>受保护</translation>
    </message>
</context>
<context>
    <name>medlocker::ui::ChartPanel</name>
    <message>
        <source>Table</source>
        <translation>表格</translation>
    </message>
    <message>
        <source>Copy image</source>
        <translation>复制图像</translation>
    </message>
    <message>
        <source>Copy data</source>
        <translation>复制数据</translation>
    </message>
    <message>
        <source>Show as table: %1</source>
        <translation>以表格显示：%1</translation>
    </message>
    <message>
        <source>Copy as image: %1</source>
        <translation>复制为图像：%1</translation>
    </message>
    <message>
        <source>Copy the figures: %1</source>
        <translation>复制数值：%1</translation>
    </message>
    <message>
        <source>%1, as a table</source>
        <translation>%1，表格形式</translation>
    </message>
</context>
<context>
    <name>medlocker::ui::DatasetPage</name>
    <message>
        <source>Images per class</source>
        <translation>每类图像数</translation>
    </message>
    <message>
        <source>Find by name (%1)</source>
        <translation>按名称查找（%1）</translation>
    </message>
    <message>
        <source>Find by name</source>
        <translation>按名称查找</translation>
    </message>
    <message>
        <source>Class</source>
        <translation>类别</translation>
    </message>
    <message>
        <source>Status after protection</source>
        <translation>保护后的状态</translation>
    </message>
    <message>
        <source>Masks</source>
        <translation>掩膜</translation>
    </message>
    <message>
        <source>With and without masks</source>
        <translation>有或无掩膜</translation>
    </message>
    <message>
        <source>With masks</source>
        <translation>有掩膜</translation>
    </message>
    <message>
        <source>Without masks</source>
        <translation>无掩膜</translation>
    </message>
    <message>
        <source>Any status</source>
        <translation>任意状态</translation>
    </message>
    <message>
        <source>Enter or a double click opens an image; arrows, Page Up and Page Down move.</source>
        <translation>回车或双击打开图像；方向键、Page Up 和 Page Down 移动。</translation>
    </message>
    <message>
        <source>Back to the gallery</source>
        <translation>返回图库</translation>
    </message>
    <message>
        <source>Previous</source>
        <translation>上一幅</translation>
    </message>
    <message>
        <source>Next</source>
        <translation>下一幅</translation>
    </message>
    <message>
        <source>Lesions</source>
        <translation>病灶</translation>
    </message>
    <message>
        <source>Boxes and frame</source>
        <translation>框与视野</translation>
    </message>
    <message>
        <source>Fit</source>
        <translation>适应窗口</translation>
    </message>
    <message>
        <source>Escape</source>
        <translation>Esc 键</translation>
    </message>
    <message>
        <source>Left arrow</source>
        <translation>左方向键</translation>
    </message>
    <message>
        <source>Right arrow</source>
        <translation>右方向键</translation>
    </message>
    <message>
        <source>Key 0; + and − zoom, the wheel too</source>
        <translation>按键 0；+ 与 − 或滚轮缩放</translation>
    </message>
    <message>
        <source>Details</source>
        <translation>详细信息</translation>
    </message>
    <message>
        <source>All classes</source>
        <translation>所有类别</translation>
    </message>
    <message>
        <source>Without label</source>
        <translation>无标签</translation>
    </message>
    <message>
        <source>The dataset has no labels</source>
        <translation>数据集没有标签</translation>
    </message>
    <message>
        <source>No dataset is open</source>
        <translation>没有打开数据集</translation>
    </message>
    <message>
        <source>Images</source>
        <translation>图像</translation>
    </message>
    <message numerus="yes">
        <source>%n image(s)</source>
        <translation>
            <numerusform>%n 幅图像</numerusform>
        </translation>
    </message>
    <message>
        <source>%1 of %2 images</source>
        <translation>%2 幅中的 %1 幅图像</translation>
    </message>
    <message>
        <source>%1 of %2 · %3 · %4</source>
        <translation>第 %1 幅，共 %2 幅 · %3 · %4</translation>
    </message>
    <message>
        <source>name</source>
        <translation>名称</translation>
    </message>
    <message>
        <source>group</source>
        <translation>分组</translation>
    </message>
    <message>
        <source>part</source>
        <translation>部分</translation>
    </message>
    <message>
        <source>lesion pixels</source>
        <translation>病灶像素</translation>
    </message>
    <message>
        <source>note</source>
        <translation>备注</translation>
    </message>
    <message>
        <source>problem</source>
        <translation>问题</translation>
    </message>
</context>
<context>
    <name>medlocker::ui::GalleryView</name>
    <message>
        <source>Images of the dataset</source>
        <translation>数据集的图像</translation>
    </message>
    <message>
        <source>No image to show</source>
        <translation>没有可显示的图像</translation>
    </message>
    <message>
        <source>loading…</source>
        <translation>正在载入…</translation>
    </message>
    <message>
        <source> · masks</source>
        <translation> · 有掩膜</translation>
    </message>
</context>
<context>
    <name>medlocker::ui::HeatMapView</name>
    <message>
        <source>Heat map</source>
        <translation>热图</translation>
    </message>
    <message>
        <source>no image</source>
        <translation>无图像</translation>
    </message>
</context>
<context>
    <name>medlocker::ui::HomePage</name>
    <message>
        <source>Look at the images</source>
        <translation>查看图像</translation>
    </message>
    <message>
        <source>Protect a retinal image dataset</source>
        <translation>保护视网膜图像数据集</translation>
    </message>
    <message>
        <source>MedLocker places a visible logo where diagnosis models fail and no lesion is covered, certifies the copy, and gives an authorised reader every original sample back.</source>
        <translation>MedLocker 把可见标志放在诊断模型出错且不遮挡病灶的位置，对副本进行认证，并让获授权的读者取回每个原始样本。</translation>
    </message>
    <message>
        <source>Start</source>
        <translation>开始</translation>
    </message>
    <message>
        <source>Open a folder…</source>
        <translation>打开文件夹…</translation>
    </message>
    <message>
        <source>Open a dataset folder (%1)</source>
        <translation>打开数据集文件夹（%1）</translation>
    </message>
    <message>
        <source>Open a file or project…</source>
        <translation>打开文件或项目…</translation>
    </message>
    <message>
        <source>Try it with sample data</source>
        <translation>用示例数据试试</translation>
    </message>
    <message>
        <source>Draws 20 synthetic fundus photographs with lesion masks, on the spot</source>
        <translation>当场绘制 20 幅带病灶掩膜的合成眼底照片</translation>
    </message>
    <message>
        <source>Or drop a folder here. Understood: class folders, APTOS, EyePACS, IDRiD, DDR, Messidor-2, MedMNIST-style npz, and plain folders. Originals are only ever opened for reading.</source>
        <translation>也可将文件夹拖到这里。可识别：类别文件夹、APTOS、EyePACS、IDRiD、DDR、Messidor-2、MedMNIST 式 npz 以及普通文件夹。原图只会以只读方式打开。</translation>
    </message>
    <message>
        <source>Recent</source>
        <translation>最近</translation>
    </message>
    <message>
        <source>Recent projects</source>
        <translation>最近的项目</translation>
    </message>
    <message>
        <source>What was found</source>
        <translation>发现的内容</translation>
    </message>
    <message>
        <source>Summary of the dataset</source>
        <translation>数据集摘要</translation>
    </message>
    <message>
        <source>Problems found</source>
        <translation>发现的问题</translation>
    </message>
    <message>
        <source>Protect…</source>
        <translation>保护…</translation>
    </message>
    <message>
        <source>Open a recent project</source>
        <translation>打开最近的项目</translation>
    </message>
    <message>
        <source>%1 is no longer there. It was taken off the list.</source>
        <translation>%1 已不存在，已从列表中移除。</translation>
    </message>
    <message>
        <source>Open a dataset folder</source>
        <translation>打开数据集文件夹</translation>
    </message>
    <message>
        <source>Open a file or project</source>
        <translation>打开文件或项目</translation>
    </message>
    <message>
        <source>Datasets and projects (*.npz *.csv *.txt *.medlocker *.png *.jpg *.jpeg *.tif *.tiff *.dcm);;All files (*)</source>
        <translation>数据集与项目 (*.npz *.csv *.txt *.medlocker *.png *.jpg *.jpeg *.tif *.tiff *.dcm);;所有文件 (*)</translation>
    </message>
    <message>
        <source>Nothing yet</source>
        <translation>暂无</translation>
    </message>
    <message>
        <source>No dataset is open</source>
        <translation>没有打开数据集</translation>
    </message>
    <message>
        <source>Open one on the left; its layout, classes, masks and problems are listed here before anything runs.</source>
        <translation>请在左侧打开；运行任何操作之前，这里会列出其布局、类别、掩膜和问题。</translation>
    </message>
    <message numerus="yes">
        <source>%n image(s), layout “%1”</source>
        <translation>
            <numerusform>%n 幅图像，布局“%1”</numerusform>
        </translation>
    </message>
    <message>
        <source>%1: %2</source>
        <translation>%1：%2</translation>
    </message>
    <message>
        <source>No labels: predictions of the models stand in for them</source>
        <translation>没有标签：以模型的预测代替</translation>
    </message>
    <message>
        <source>Classes: %1</source>
        <translation>类别：%1</translation>
    </message>
    <message numerus="yes">
        <source>%n image(s) with lesion masks</source>
        <translation>
            <numerusform>%n 幅图像有病灶掩膜</numerusform>
        </translation>
    </message>
    <message>
        <source>No lesion masks: draw boxes on the page Lesions, or run the segmenter</source>
        <translation>没有病灶掩膜：请在“病灶”页绘制框，或运行分割器</translation>
    </message>
    <message>
        <source>No problems found by name and label</source>
        <translation>按名称和标签未发现问题</translation>
    </message>
</context>
<context>
    <name>medlocker::ui::ImageView</name>
    <message>
        <source>Image</source>
        <translation>图像</translation>
    </message>
    <message>
        <source>No image</source>
        <translation>没有图像</translation>
    </message>
</context>
<context>
    <name>medlocker::ui::LesionsPage</name>
    <message>
        <source>Draw a box</source>
        <translation>绘制框</translation>
    </message>
    <message>
        <source>Delete</source>
        <translation>删除</translation>
    </message>
    <message>
        <source>B: then drag a rectangle over the picture</source>
        <translation>B：然后在图像上拖出矩形</translation>
    </message>
    <message>
        <source>Delete: removes the selected box</source>
        <translation>Delete：移除所选的框</translation>
    </message>
    <message>
        <source>Kind of the selected box</source>
        <translation>所选框的类型</translation>
    </message>
    <message>
        <source>Other</source>
        <translation>其他</translation>
    </message>
    <message>
        <source>Microaneurysm</source>
        <translation>微动脉瘤</translation>
    </message>
    <message>
        <source>Haemorrhage</source>
        <translation>出血</translation>
    </message>
    <message>
        <source>Hard exudate</source>
        <translation>硬性渗出</translation>
    </message>
    <message>
        <source>Soft exudate</source>
        <translation>软性渗出</translation>
    </message>
    <message>
        <source>Optic disc</source>
        <translation>视盘</translation>
    </message>
    <message>
        <source>Fovea</source>
        <translation>黄斑中心凹</translation>
    </message>
    <message>
        <source>Lesion pixels</source>
        <translation>病灶像素</translation>
    </message>
    <message>
        <source>Fit</source>
        <translation>适应窗口</translation>
    </message>
    <message>
        <source>Import boxes…</source>
        <translation>导入框…</translation>
    </message>
    <message>
        <source>Export boxes…</source>
        <translation>导出框…</translation>
    </message>
    <message>
        <source>Review list</source>
        <translation>审阅列表</translation>
    </message>
    <message>
        <source>Images without boxes come first: a missed lesion could be covered there.</source>
        <translation>没有框的图像排在最前：遗漏的病灶可能会被遮挡。</translation>
    </message>
    <message>
        <source>Images to review</source>
        <translation>待审阅的图像</translation>
    </message>
    <message>
        <source>With a box selected: arrows move it, Shift by ten pixels, Ctrl resizes; Tab goes to the next. Solid green boxes are yours, dashed ones come from masks, dotted grey ones you removed.</source>
        <translation>选中框后：方向键移动，Shift 每次十像素，Ctrl 调整大小；Tab 转到下一个。绿色实线框是您的，虚线框来自掩膜，灰色点线框是您移除的。</translation>
    </message>
    <message>
        <source>Resize a box</source>
        <translation>调整框的大小</translation>
    </message>
    <message>
        <source>Move a box</source>
        <translation>移动框</translation>
    </message>
    <message>
        <source>Bring back</source>
        <translation>恢复</translation>
    </message>
    <message>
        <source>Change the kind of a box</source>
        <translation>更改框的类型</translation>
    </message>
    <message>
        <source>Open a dataset on the page Home</source>
        <translation>请在“主页”打开数据集</translation>
    </message>
    <message>
        <source>Choose an image on the left</source>
        <translation>请在左侧选择图像</translation>
    </message>
    <message>
        <source>%1 boxes from masks, %2 drawn, %3 removed</source>
        <translation>掩膜框 %1 个，绘制 %2 个，移除 %3 个</translation>
    </message>
    <message>
        <source> · %1 lesion pixels</source>
        <translation> · %1 个病灶像素</translation>
    </message>
    <message>
        <source>No box: the whole field of view is free for the logo. If you see a lesion, draw a box around it.</source>
        <translation>没有框：整个视野都可放置标志。如看到病灶，请在其周围画框。</translation>
    </message>
    <message>
        <source>Delete a box</source>
        <translation>删除框</translation>
    </message>
    <message>
        <source>Bring a box back</source>
        <translation>恢复框</translation>
    </message>
    <message>
        <source>Remove a box of a mask</source>
        <translation>移除掩膜的框</translation>
    </message>
    <message>
        <source>Export boxes</source>
        <translation>导出框</translation>
    </message>
    <message>
        <source>Boxes (*.json)</source>
        <translation>框 (*.json)</translation>
    </message>
    <message>
        <source>Import boxes</source>
        <translation>导入框</translation>
    </message>
    <message>
        <source>Find lesions…</source>
        <translation>查找病灶…</translation>
    </message>
    <message>
        <source>Runs a segmenter over all images; its masks become the project&apos;s. Boxes of your own stay.</source>
        <translation>对所有图像运行分割模型；其掩膜成为项目的掩膜。您自己的框保持不变。</translation>
    </message>
    <message>
        <source>Choose a segmenter: a run folder of train-segmenter</source>
        <translation>选择分割模型：train-segmenter 的运行文件夹</translation>
    </message>
    <message>
        <source>Finding lesions</source>
        <translation>正在查找病灶</translation>
    </message>
    <message>
        <source>Take the segmenter&apos;s masks</source>
        <translation>采用分割模型的掩膜</translation>
    </message>
</context>
<context>
    <name>medlocker::ui::MainWindow</name>
    <message>
        <source>Pages</source>
        <translation>页面</translation>
    </message>
    <message>
        <source>Home</source>
        <translation>主页</translation>
    </message>
    <message>
        <source>Dataset</source>
        <translation>数据集</translation>
    </message>
    <message>
        <source>Lesions</source>
        <translation>病灶</translation>
    </message>
    <message>
        <source>Protect</source>
        <translation>保护</translation>
    </message>
    <message>
        <source>Verify</source>
        <translation>验证</translation>
    </message>
    <message>
        <source>Train</source>
        <translation>训练</translation>
    </message>
    <message>
        <source>Audit</source>
        <translation>审计</translation>
    </message>
    <message>
        <source>Settings</source>
        <translation>设置</translation>
    </message>
    <message>
        <source>Defaults</source>
        <translation>默认值</translation>
    </message>
    <message>
        <source>%1 (Alt+%2)</source>
        <translation>%1（Alt+%2）</translation>
    </message>
    <message>
        <source>&amp;File</source>
        <translation>文件(&amp;F)</translation>
    </message>
    <message>
        <source>&amp;Open a dataset…</source>
        <translation>打开数据集(&amp;O)…</translation>
    </message>
    <message>
        <source>Open a dataset folder</source>
        <translation>打开数据集文件夹</translation>
    </message>
    <message>
        <source>Open a &amp;project…</source>
        <translation>打开项目(&amp;P)…</translation>
    </message>
    <message>
        <source>Open a project</source>
        <translation>打开项目</translation>
    </message>
    <message>
        <source>MedLocker projects (*.medlocker)</source>
        <translation>MedLocker 项目 (*.medlocker)</translation>
    </message>
    <message>
        <source>&amp;Save the project</source>
        <translation>保存项目(&amp;S)</translation>
    </message>
    <message>
        <source>Save the project &amp;as…</source>
        <translation>项目另存为(&amp;A)…</translation>
    </message>
    <message>
        <source>&amp;Quit</source>
        <translation>退出(&amp;Q)</translation>
    </message>
    <message>
        <source>&amp;Edit</source>
        <translation>编辑(&amp;E)</translation>
    </message>
    <message>
        <source>&amp;Undo</source>
        <translation>撤销(&amp;U)</translation>
    </message>
    <message>
        <source>&amp;Redo</source>
        <translation>重做(&amp;R)</translation>
    </message>
    <message>
        <source>&amp;Go</source>
        <translation>转到(&amp;G)</translation>
    </message>
    <message>
        <source>&amp;Task</source>
        <translation>任务(&amp;T)</translation>
    </message>
    <message>
        <source>&amp;Pause or go on</source>
        <translation>暂停或继续(&amp;P)</translation>
    </message>
    <message>
        <source>Stop &amp;after this image</source>
        <translation>完成此图像后停止(&amp;A)</translation>
    </message>
    <message>
        <source>&amp;Cancel</source>
        <translation>取消(&amp;C)</translation>
    </message>
    <message>
        <source>Running task</source>
        <translation>正在运行的任务</translation>
    </message>
    <message>
        <source>Progress</source>
        <translation>进度</translation>
    </message>
    <message>
        <source>Pause</source>
        <translation>暂停</translation>
    </message>
    <message>
        <source>Stop after this image</source>
        <translation>完成此图像后停止</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source> · %1 of %2</source>
        <translation> · %1 / %2</translation>
    </message>
    <message>
        <source> · stopping</source>
        <translation> · 正在停止</translation>
    </message>
    <message>
        <source> · paused</source>
        <translation> · 已暂停</translation>
    </message>
    <message>
        <source> · %1 left</source>
        <translation> · 剩余%1</translation>
    </message>
    <message>
        <source>Go on</source>
        <translation>继续</translation>
    </message>
    <message>
        <source>Save the project</source>
        <translation>保存项目</translation>
    </message>
    <message>
        <source>Recover unsaved work</source>
        <translation>恢复未保存的工作</translation>
    </message>
    <message>
        <source>MedLocker did not end properly last time. Your unsaved project of then can be brought back.</source>
        <translation>MedLocker 上次未正常结束。当时未保存的项目可以恢复。</translation>
    </message>
    <message>
        <source>Bring it back</source>
        <translation>恢复</translation>
    </message>
    <message>
        <source>A task is running</source>
        <translation>任务正在运行</translation>
    </message>
    <message>
        <source>“%1” is running. It will be stopped; what is finished is kept and can be continued.</source>
        <translation>“%1”正在运行。它将被停止；已完成的部分会保留并可继续。</translation>
    </message>
    <message>
        <source>Stop and close</source>
        <translation>停止并关闭</translation>
    </message>
    <message>
        <source>Your edits of lesion boxes are not saved.</source>
        <translation>您对病灶框的编辑尚未保存。</translation>
    </message>
    <message>
        <source>Save…</source>
        <translation>保存…</translation>
    </message>
</context>
<context>
    <name>medlocker::ui::PathField</name>
    <message>
        <source>Choose…</source>
        <translation>选择…</translation>
    </message>
    <message>
        <source>Folder</source>
        <translation>文件夹</translation>
    </message>
    <message>
        <source>File</source>
        <translation>文件</translation>
    </message>
    <message>
        <source>Choose: %1</source>
        <translation>选择：%1</translation>
    </message>
</context>
<context>
    <name>medlocker::ui::PathList</name>
    <message>
        <source>Add…</source>
        <translation>添加…</translation>
    </message>
    <message>
        <source>Remove</source>
        <translation>移除</translation>
    </message>
    <message>
        <source>Add: %1</source>
        <translation>添加：%1</translation>
    </message>
    <message>
        <source>Remove: %1</source>
        <translation>移除：%1</translation>
    </message>
</context>
<context>
    <name>medlocker::ui::PicturePair</name>
    <message>
        <source>No picture</source>
        <translation>没有图片</translation>
    </message>
</context>
<context>
    <name>medlocker::ui::ProtectForm</name>
    <message>
        <source>Discreet</source>
        <translation>低调</translation>
    </message>
    <message>
        <source>small and faint; fewer models are misled</source>
        <translation>小而淡；误导的模型较少</translation>
    </message>
    <message>
        <source>Balanced</source>
        <translation>均衡</translation>
    </message>
    <message>
        <source>clearly visible, lesions stay free</source>
        <translation>清晰可见，不遮挡病灶</translation>
    </message>
    <message>
        <source>Strong</source>
        <translation>强烈</translation>
    </message>
    <message>
        <source>large and opaque; the most effect</source>
        <translation>大而不透明；效果最强</translation>
    </message>
    <message>
        <source>Protect</source>
        <translation>保护</translation>
    </message>
    <message>
        <source>A visible logo goes where diagnosis models fail and no lesion is covered. Your originals are not changed.</source>
        <translation>可见标志放在诊断模型出错且不遮挡病灶的位置。您的原图不会改变。</translation>
    </message>
    <message>
        <source>Logo</source>
        <translation>标志</translation>
    </message>
    <message>
        <source>Preview of the logo</source>
        <translation>标志预览</translation>
    </message>
    <message>
        <source>How large and how opaque the logo may become. Where it goes is found for every image.</source>
        <translation>标志最大可以有多大、多不透明。放在哪里由每幅图像各自搜索得出。</translation>
    </message>
    <message>
        <source>Logo file</source>
        <translation>标志文件</translation>
    </message>
    <message>
        <source>PNG with transparency (*.png)</source>
        <translation>带透明度的 PNG (*.png)</translation>
    </message>
    <message>
        <source>File</source>
        <translation>文件</translation>
    </message>
    <message>
        <source>Preset</source>
        <translation>预设</translation>
    </message>
    <message>
        <source>Own values</source>
        <translation>自定数值</translation>
    </message>
    <message>
        <source>Lowest opacity</source>
        <translation>最低不透明度</translation>
    </message>
    <message>
        <source>Highest opacity</source>
        <translation>最高不透明度</translation>
    </message>
    <message>
        <source>to</source>
        <translation>至</translation>
    </message>
    <message>
        <source>Opacity</source>
        <translation>不透明度</translation>
    </message>
    <message>
        <source>Logo size</source>
        <translation>标志大小</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>大小</translation>
    </message>
    <message>
        <source>Search effort</source>
        <translation>搜索力度</translation>
    </message>
    <message>
        <source>Quick – 200 places per image</source>
        <translation>快速 – 每幅图像 200 个位置</translation>
    </message>
    <message>
        <source>Balanced – 800 places per image</source>
        <translation>均衡 – 每幅图像 800 个位置</translation>
    </message>
    <message>
        <source>Thorough – 3000 places per image</source>
        <translation>彻底 – 每幅图像 3000 个位置</translation>
    </message>
    <message>
        <source>Search</source>
        <translation>搜索</translation>
    </message>
    <message>
        <source>Choose a logo</source>
        <translation>选择标志</translation>
    </message>
    <message>
        <source>Change the opacity</source>
        <translation>更改不透明度</translation>
    </message>
    <message>
        <source>Change the size</source>
        <translation>更改大小</translation>
    </message>
    <message>
        <source>Change the search effort</source>
        <translation>更改搜索力度</translation>
    </message>
    <message>
        <source>Models to mislead</source>
        <translation>要误导的模型</translation>
    </message>
    <message>
        <source>Model folders</source>
        <translation>模型文件夹</translation>
    </message>
    <message>
        <source>Train two small models on this dataset</source>
        <translation>用此数据集训练两个小模型</translation>
    </message>
    <message>
        <source>A minute or two; better models make better protection. The page Train has all options.</source>
        <translation>一两分钟；模型越好，保护越好。“训练”页有全部选项。</translation>
    </message>
    <message>
        <source>Folders with model.safetensors and model.json. Without a model the logo is placed at random, with no adversarial effect.</source>
        <translation>含 model.safetensors 和 model.json 的文件夹。没有模型时标志随机放置，没有对抗效果。</translation>
    </message>
    <message>
        <source>Choose models</source>
        <translation>选择模型</translation>
    </message>
    <message>
        <source>Certificate and key</source>
        <translation>证书与密钥</translation>
    </message>
    <message>
        <source>Owner key</source>
        <translation>所有者密钥</translation>
    </message>
    <message>
        <source>Keys (*.key);;All files (*)</source>
        <translation>密钥 (*.key);;所有文件 (*)</translation>
    </message>
    <message>
        <source>Make a new key…</source>
        <translation>生成新密钥…</translation>
    </message>
    <message>
        <source>named in the certificate</source>
        <translation>写入证书的名称</translation>
    </message>
    <message>
        <source>Owner</source>
        <translation>所有者</translation>
    </message>
    <message>
        <source>Back up the key: without it nothing can be unlocked or proved.</source>
        <translation>请备份密钥：没有它就无法解锁或证明任何内容。</translation>
    </message>
    <message>
        <source>Choose a key</source>
        <translation>选择密钥</translation>
    </message>
    <message>
        <source>Name the owner</source>
        <translation>填写所有者</translation>
    </message>
    <message>
        <source>Where the protected copy goes</source>
        <translation>受保护副本的存放位置</translation>
    </message>
    <message>
        <source>Output folder</source>
        <translation>输出文件夹</translation>
    </message>
    <message>
        <source>Estimated time and disk space</source>
        <translation>预计时间与磁盘空间</translation>
    </message>
    <message>
        <source>What is missing</source>
        <translation>还缺什么</translation>
    </message>
    <message>
        <source>Start protecting</source>
        <translation>开始保护</translation>
    </message>
    <message>
        <source>Go on with the interrupted run</source>
        <translation>继续中断的运行</translation>
    </message>
    <message>
        <source>Choose an output folder</source>
        <translation>选择输出文件夹</translation>
    </message>
    <message>
        <source>Suggest an output folder</source>
        <translation>建议输出文件夹</translation>
    </message>
    <message>
        <source>%1 % of the frame</source>
        <translation>画面的 %1 %</translation>
    </message>
    <message>
        <source>Choose the preset %1</source>
        <translation>选择预设 %1</translation>
    </message>
    <message>
        <source>no logo</source>
        <translation>没有标志</translation>
    </message>
    <message>
        <source>Open a dataset on the page Home.</source>
        <translation>请在“主页”打开数据集。</translation>
    </message>
    <message>
        <source>Choose a logo file.</source>
        <translation>请选择标志文件。</translation>
    </message>
    <message>
        <source>Choose your owner key, or make a new one.</source>
        <translation>请选择您的所有者密钥，或生成新密钥。</translation>
    </message>
    <message>
        <source>Choose an output folder.</source>
        <translation>请选择输出文件夹。</translation>
    </message>
    <message>
        <source>The lowest opacity must not be above the highest.</source>
        <translation>最低不透明度不能高于最高不透明度。</translation>
    </message>
    <message>
        <source>The output folder is not empty. Choose another one.</source>
        <translation>输出文件夹不为空。请另选一个。</translation>
    </message>
    <message numerus="yes">
        <source>%n image(s)</source>
        <translation>
            <numerusform>%n 幅图像</numerusform>
        </translation>
    </message>
    <message>
        <source> · %1 or less with small models</source>
        <translation> · 小模型时%1或更短</translation>
    </message>
    <message>
        <source>
About %1 on disk</source>
        <translation>
约占磁盘 %1</translation>
    </message>
    <message>
        <source> · %1 free there</source>
        <translation> · 该处可用 %1</translation>
    </message>
    <message>
        <source>
That disk may be too small.</source>
        <translation>
该磁盘可能太小。</translation>
    </message>
    <message>
        <source>
No model chosen: placement only, no adversarial effect.</source>
        <translation>
未选择模型：仅放置标志，没有对抗效果。</translation>
    </message>
    <message>
        <source>Folder for the new keys</source>
        <translation>新密钥的文件夹</translation>
    </message>
    <message>
        <source>The key is written to %1. Choose a passphrase for it, or leave it empty for a key without one.</source>
        <translation>密钥将写入 %1。请为其选择口令，或留空生成无口令的密钥。</translation>
    </message>
    <message>
        <source>Make a key</source>
        <translation>生成密钥</translation>
    </message>
    <message>
        <source>Train models</source>
        <translation>训练模型</translation>
    </message>
    <message>
        <source>This dataset has no labels to train on. Add models that were trained elsewhere.</source>
        <translation>此数据集没有可用于训练的标签。请添加在别处训练的模型。</translation>
    </message>
    <message>
        <source>Training two small models</source>
        <translation>正在训练两个小模型</translation>
    </message>
    <message>
        <source>Add trained models</source>
        <translation>添加训练好的模型</translation>
    </message>
</context>
<context>
    <name>medlocker::ui::ProtectPage</name>
    <message>
        <source>Passphrase of the owner key</source>
        <translation>所有者密钥的口令</translation>
    </message>
    <message>
        <source>Read the key</source>
        <translation>读取密钥</translation>
    </message>
    <message>
        <source>Protecting</source>
        <translation>正在保护</translation>
    </message>
    <message>
        <source>Options of the protection</source>
        <translation>保护选项</translation>
    </message>
</context>
<context>
    <name>medlocker::ui::ProtectResults</name>
    <message>
        <source>Charts of the run</source>
        <translation>运行图表</translation>
    </message>
    <message>
        <source>Accuracy of the models</source>
        <translation>模型的准确率</translation>
    </message>
    <message>
        <source>Transfer: which models are misled</source>
        <translation>迁移：哪些模型被误导</translation>
    </message>
    <message>
        <source>Measure the effect on models…</source>
        <translation>测量对模型的影响…</translation>
    </message>
    <message>
        <source>Adds a model that the search did not know, and compares with a logo placed at random</source>
        <translation>加入一个搜索未知的模型，并与随机放置的标志比较</translation>
    </message>
    <message>
        <source>Accuracy</source>
        <translation>准确率</translation>
    </message>
    <message>
        <source>Transfer</source>
        <translation>迁移</translation>
    </message>
    <message>
        <source>Results per image</source>
        <translation>各图像的结果</translation>
    </message>
    <message>
        <source>Result of the run</source>
        <translation>运行结果</translation>
    </message>
    <message>
        <source>Status</source>
        <translation>状态</translation>
    </message>
    <message>
        <source>All statuses</source>
        <translation>所有状态</translation>
    </message>
    <message>
        <source>Open the folder</source>
        <translation>打开文件夹</translation>
    </message>
    <message>
        <source>Grant access…</source>
        <translation>授予访问权…</translation>
    </message>
    <message>
        <source>Writes a file with which a recipient&apos;s key gets the originals back</source>
        <translation>写出一个文件，接收者凭其密钥可取回原图</translation>
    </message>
    <message>
        <source>Export</source>
        <translation>导出</translation>
    </message>
    <message>
        <source>Export the report</source>
        <translation>导出报告</translation>
    </message>
    <message>
        <source>Report as PDF, A4…</source>
        <translation>PDF 报告，A4…</translation>
    </message>
    <message>
        <source>Report as PDF, Letter…</source>
        <translation>PDF 报告，Letter…</translation>
    </message>
    <message>
        <source>Certificate list as CSV…</source>
        <translation>CSV 证书清单…</translation>
    </message>
    <message>
        <source>Certificate list as JSON…</source>
        <translation>JSON 证书清单…</translation>
    </message>
    <message>
        <source>Verify…</source>
        <translation>验证…</translation>
    </message>
    <message>
        <source>Another run</source>
        <translation>另一次运行</translation>
    </message>
    <message>
        <source>%1 %2</source>
        <translation>%1 %2</translation>
    </message>
    <message>
        <source>Stopped: %1. What is finished is kept; “Another run” lets you go on.</source>
        <translation>已停止：%1。已完成的部分会保留；可用“另一次运行”继续。</translation>
    </message>
    <message>
        <source>Done: %1.</source>
        <translation>完成：%1。</translation>
    </message>
    <message>
        <source>Not measured yet</source>
        <translation>尚未测量</translation>
    </message>
    <message>
        <source>Choose an image below</source>
        <translation>请在下方选择图像</translation>
    </message>
    <message>
        <source>No model was used</source>
        <translation>未使用模型</translation>
    </message>
    <message>
        <source>Folder of a further model (Cancel: only those of the run)</source>
        <translation>另一个模型的文件夹（取消：仅用本次运行的模型）</translation>
    </message>
    <message>
        <source>Measure the effect</source>
        <translation>测量影响</translation>
    </message>
    <message>
        <source>Add a model on the form of this page, or choose one here.</source>
        <translation>请在本页表单中添加模型，或在此选择一个。</translation>
    </message>
    <message>
        <source>Measuring the effect</source>
        <translation>正在测量影响</translation>
    </message>
    <message>
        <source>Public key of the recipient (recipient.pub)</source>
        <translation>接收者的公钥 (recipient.pub)</translation>
    </message>
    <message>
        <source>Public keys (*.pub);;All files (*)</source>
        <translation>公钥 (*.pub);;所有文件 (*)</translation>
    </message>
    <message>
        <source>Grant file</source>
        <translation>授权文件</translation>
    </message>
    <message>
        <source>Grants (*.grant)</source>
        <translation>授权 (*.grant)</translation>
    </message>
    <message>
        <source>Passphrase of the owner key</source>
        <translation>所有者密钥的口令</translation>
    </message>
    <message>
        <source>Read the key</source>
        <translation>读取密钥</translation>
    </message>
    <message>
        <source>Granting access</source>
        <translation>正在授予访问权</translation>
    </message>
    <message>
        <source>Grant access</source>
        <translation>授予访问权</translation>
    </message>
    <message numerus="yes">
        <source>%n image(s) can be restored with the recipient&apos;s key and this file:
%1</source>
        <translation>
            <numerusform>用接收者的密钥和此文件可还原 %n 幅图像：
%1</numerusform>
        </translation>
    </message>
    <message>
        <source>Attempts to remove the logo</source>
        <translation>移除标志的尝试</translation>
    </message>
    <message>
        <source>Try to remove the logo</source>
        <translation>尝试移除标志</translation>
    </message>
    <message>
        <source>Inpainting, blacking out and other attempts on copies of at most %1 images, in memory</source>
        <translation>在内存中对最多 %1 幅图像的副本进行修补、涂黑等尝试</translation>
    </message>
    <message>
        <source>Removal</source>
        <translation>移除</translation>
    </message>
    <message>
        <source>Without a model nothing can be said. Add one on the form of this page.</source>
        <translation>没有模型就无从判断。请在本页表单中添加一个。</translation>
    </message>
    <message>
        <source>Trying to remove the logo</source>
        <translation>正在尝试移除标志</translation>
    </message>
</context>
<context>
    <name>medlocker::ui::ProtectRunView</name>
    <message>
        <source>Protecting</source>
        <translation>正在保护</translation>
    </message>
    <message>
        <source>Each file is written as soon as it is ready. You may stop or close the window at any time and go on later.</source>
        <translation>每个文件就绪后立即写出。您可以随时停止或关闭窗口，之后继续。</translation>
    </message>
    <message>
        <source>State of the run</source>
        <translation>运行的状态</translation>
    </message>
    <message>
        <source>Images per status</source>
        <translation>各状态的图像数</translation>
    </message>
    <message>
        <source>The last finished image</source>
        <translation>最后完成的图像</translation>
    </message>
    <message>
        <source>Last finished: %1 – %2</source>
        <translation>最后完成：%1 – %2</translation>
    </message>
    <message>
        <source>Last finished: %1 – %2, %3 of the field of view covered, mean opacity %4</source>
        <translation>最后完成：%1 – %2，覆盖视野的 %3，平均不透明度 %4</translation>
    </message>
    <message>
        <source>: %1 of %2</source>
        <translation>：%1 / %2</translation>
    </message>
    <message>
        <source> · %1 images per minute</source>
        <translation> · 每分钟 %1 幅图像</translation>
    </message>
    <message>
        <source> · paused</source>
        <translation> · 已暂停</translation>
    </message>
    <message>
        <source> · %1 left</source>
        <translation> · 剩余%1</translation>
    </message>
    <message>
        <source> · now: %1</source>
        <translation> · 当前：%1</translation>
    </message>
    <message>
        <source>Nothing is finished yet</source>
        <translation>还没有完成的图像</translation>
    </message>
    <message>
        <source>The first protected image appears here</source>
        <translation>第一幅受保护的图像将显示在这里</translation>
    </message>
</context>
<context>
    <name>medlocker::ui::ResultModel</name>
    <message>
        <source>Image</source>
        <translation>图像</translation>
    </message>
    <message>
        <source>Status</source>
        <translation>状态</translation>
    </message>
    <message>
        <source>Label</source>
        <translation>标签</translation>
    </message>
    <message>
        <source>Models said before</source>
        <translation>模型之前的回答</translation>
    </message>
    <message>
        <source>Models say after</source>
        <translation>模型之后的回答</translation>
    </message>
    <message>
        <source>Covered</source>
        <translation>覆盖</translation>
    </message>
    <message>
        <source>Opacity</source>
        <translation>不透明度</translation>
    </message>
    <message>
        <source>SSIM</source>
        <translation>SSIM</translation>
    </message>
    <message>
        <source>Seconds</source>
        <translation>秒</translation>
    </message>
    <message>
        <source>Reason</source>
        <translation>原因</translation>
    </message>
</context>
<context>
    <name>medlocker::ui::ReviewModel</name>
    <message>
        <source>masks</source>
        <translation>掩膜</translation>
    </message>
    <message>
        <source>no boxes</source>
        <translation>无框</translation>
    </message>
    <message>
        <source>edited</source>
        <translation>已编辑</translation>
    </message>
</context>
<context>
    <name>medlocker::ui::SampleModel</name>
    <message>
        <source>ungradable</source>
        <translation>无法分级</translation>
    </message>
    <message>
        <source>no label</source>
        <translation>无标签</translation>
    </message>
    <message>
        <source>%1, %2</source>
        <translation>%1，%2</translation>
    </message>
    <message numerus="yes">
        <source>, %n mask(s)</source>
        <translation>
            <numerusform>，%n 个掩膜</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>medlocker::ui::SearchModel</name>
    <message>
        <source>Preparing</source>
        <translation>准备中</translation>
    </message>
    <message>
        <source>Coarse lattice</source>
        <translation>粗网格</translation>
    </message>
    <message>
        <source>Refining</source>
        <translation>细化</translation>
    </message>
    <message>
        <source>Evolution</source>
        <translation>进化</translation>
    </message>
    <message>
        <source>Gradients</source>
        <translation>梯度</translation>
    </message>
    <message>
        <source>Choosing</source>
        <translation>选择</translation>
    </message>
    <message>
        <source>At random</source>
        <translation>随机</translation>
    </message>
    <message>
        <source>%1 of %2</source>
        <translation>%1 / %2</translation>
    </message>
    <message>
        <source>What the search makes as low as it can: below 0 the models are misled</source>
        <translation>搜索尽量降低的数值：低于 0 时模型被误导</translation>
    </message>
    <message>
        <source>Image</source>
        <translation>图像</translation>
    </message>
    <message>
        <source>Step</source>
        <translation>步骤</translation>
    </message>
    <message>
        <source>Opacity</source>
        <translation>不透明度</translation>
    </message>
    <message>
        <source>%1: preparing the search</source>
        <translation>%1：正在准备搜索</translation>
    </message>
    <message>
        <source>%1: %2 of %3 evaluations</source>
        <translation>%1：已评估 %2 / %3 次</translation>
    </message>
    <message>
        <source>%1: best score %2, %3 of %4 models misled, %5 of %6 evaluations, at %7, %8, opacity %9</source>
        <translation>%1：最佳得分 %2，误导 %3 / %4 个模型，已评估 %5 / %6 次，位置 %7，%8，不透明度 %9</translation>
    </message>
    <message>
        <source>Least opacity</source>
        <translation>最低不透明度</translation>
    </message>
    <message>
        <source>Models whose answer changes</source>
        <translation>回答改变的模型</translation>
    </message>
    <message>
        <source>Corner and size in pixels</source>
        <translation>左上角与大小（像素）</translation>
    </message>
    <message>
        <source>Tried</source>
        <translation>已评估</translation>
    </message>
    <message>
        <source>Score</source>
        <translation>得分</translation>
    </message>
    <message>
        <source>Misled</source>
        <translation>误导</translation>
    </message>
    <message>
        <source>Place</source>
        <translation>位置</translation>
    </message>
</context>
<context>
    <name>medlocker::ui::SearchPanel</name>
    <message>
        <source>The search in the current image</source>
        <translation>当前图像中的搜索</translation>
    </message>
    <message>
        <source>Images that are searched now; choose one to see it</source>
        <translation>正在搜索的图像；选择一幅以查看</translation>
    </message>
    <message>
        <source>The search begins when models and images are open.</source>
        <translation>模型和图像打开后即开始搜索。</translation>
    </message>
    <message>
        <source>Opening models and images</source>
        <translation>正在打开模型和图像</translation>
    </message>
</context>
<context>
    <name>medlocker::ui::SearchView</name>
    <message>
        <source>Search in the current image</source>
        <translation>当前图像中的搜索</translation>
    </message>
    <message>
        <source>★ Best %1</source>
        <translation>★ 最佳 %1</translation>
    </message>
    <message>
        <source>worse</source>
        <translation>较差</translation>
    </message>
    <message>
        <source>better</source>
        <translation>较好</translation>
    </message>
    <message>
        <source>lesion</source>
        <translation>病灶</translation>
    </message>
</context>
<context>
    <name>medlocker::ui::SettingsPage</name>
    <message>
        <source>Settings</source>
        <translation>设置</translation>
    </message>
    <message>
        <source>Kept for this user on this computer.</source>
        <translation>为此计算机上的此用户保存。</translation>
    </message>
    <message>
        <source>Appearance</source>
        <translation>外观</translation>
    </message>
    <message>
        <source>Theme</source>
        <translation>主题</translation>
    </message>
    <message>
        <source>As the desktop</source>
        <translation>跟随桌面</translation>
    </message>
    <message>
        <source>Light</source>
        <translation>浅色</translation>
    </message>
    <message>
        <source>Dark</source>
        <translation>深色</translation>
    </message>
    <message>
        <source>Language</source>
        <translation>语言</translation>
    </message>
    <message>
        <source>Another language applies from the next start on.</source>
        <translation>更改语言在下次启动时生效。</translation>
    </message>
    <message>
        <source>Computing</source>
        <translation>计算</translation>
    </message>
    <message>
        <source>Device</source>
        <translation>设备</translation>
    </message>
    <message>
        <source>Automatic</source>
        <translation>自动</translation>
    </message>
    <message>
        <source>Processor</source>
        <translation>处理器</translation>
    </message>
    <message>
        <source>Graphics card (CUDA)</source>
        <translation>显卡（CUDA）</translation>
    </message>
    <message>
        <source>Threads</source>
        <translation>线程</translation>
    </message>
    <message>
        <source>all %1</source>
        <translation>全部 %1 个</translation>
    </message>
    <message>
        <source>Folders and key</source>
        <translation>文件夹与密钥</translation>
    </message>
    <message>
        <source>Folder for new results</source>
        <translation>新结果的文件夹</translation>
    </message>
    <message>
        <source>Your owner key</source>
        <translation>您的所有者密钥</translation>
    </message>
    <message>
        <source>Keys (*.key);;All files (*)</source>
        <translation>密钥 (*.key);;所有文件 (*)</translation>
    </message>
    <message>
        <source>Results</source>
        <translation>结果</translation>
    </message>
    <message>
        <source>Owner key</source>
        <translation>所有者密钥</translation>
    </message>
    <message>
        <source>MedLocker %1. A protected image is not for diagnosis.</source>
        <translation>MedLocker %1。受保护的图像不用于诊断。</translation>
    </message>
    <message>
        <source>Choose a key</source>
        <translation>选择密钥</translation>
    </message>
</context>
<context>
    <name>medlocker::ui::TrainPage</name>
    <message>
        <source>Train</source>
        <translation>训练</translation>
    </message>
    <message>
        <source>A diagnosis model on the open dataset: as a surrogate for protection, or hardened against attacks.</source>
        <translation>在打开的数据集上训练诊断模型：用作保护的替代模型，或使其抵抗攻击。</translation>
    </message>
    <message>
        <source>Method</source>
        <translation>方法</translation>
    </message>
    <message>
        <source>Training method</source>
        <translation>训练方法</translation>
    </message>
    <message>
        <source>Network and schedule</source>
        <translation>网络与进度安排</translation>
    </message>
    <message>
        <source>Architecture</source>
        <translation>网络结构</translation>
    </message>
    <message>
        <source>the network&apos;s own</source>
        <translation>网络自身的尺寸</translation>
    </message>
    <message>
        <source> px</source>
        <translation> 像素</translation>
    </message>
    <message>
        <source>All classes</source>
        <translation>所有类别</translation>
    </message>
    <message>
        <source>Referable or not (grade 2 and above)</source>
        <translation>是否需转诊（2 级及以上）</translation>
    </message>
    <message>
        <source>Any retinopathy or none</source>
        <translation>有无视网膜病变</translation>
    </message>
    <message>
        <source>Epochs</source>
        <translation>轮数</translation>
    </message>
    <message>
        <source>Input size</source>
        <translation>输入尺寸</translation>
    </message>
    <message>
        <source>Batch size</source>
        <translation>批大小</translation>
    </message>
    <message>
        <source>Learning rate</source>
        <translation>学习率</translation>
    </message>
    <message>
        <source>Labels</source>
        <translation>标签</translation>
    </message>
    <message>
        <source>Folder for the model</source>
        <translation>模型的文件夹</translation>
    </message>
    <message>
        <source>Model folder</source>
        <translation>模型文件夹</translation>
    </message>
    <message>
        <source>What is wrong</source>
        <translation>哪里有误</translation>
    </message>
    <message>
        <source>Start training</source>
        <translation>开始训练</translation>
    </message>
    <message>
        <source>Charts appear with the first epoch.</source>
        <translation>第一轮完成后显示图表。</translation>
    </message>
    <message>
        <source>State of the training</source>
        <translation>训练的状态</translation>
    </message>
    <message>
        <source>Open a dataset on the page Home.</source>
        <translation>请在“主页”打开数据集。</translation>
    </message>
    <message>
        <source>The first epoch is running</source>
        <translation>第一轮正在运行</translation>
    </message>
    <message>
        <source>Training</source>
        <translation>训练</translation>
    </message>
    <message>
        <source>Stopped after epoch %1. Start again with the same folder to go on.</source>
        <translation>在第 %1 轮后停止。用同一文件夹再次开始即可继续。</translation>
    </message>
    <message>
        <source>Done: epoch %1 was selected. The model lies in %2.</source>
        <translation>完成：选定第 %1 轮。模型位于 %2。</translation>
    </message>
    <message>
        <source>Add a trained model</source>
        <translation>添加训练好的模型</translation>
    </message>
    <message>
        <source>Epoch %1: training loss %2</source>
        <translation>第 %1 轮：训练损失 %2</translation>
    </message>
    <message>
        <source>Options of the training</source>
        <translation>训练选项</translation>
    </message>
    <message>
        <source>Robust teacher</source>
        <translation>鲁棒教师模型</translation>
    </message>
    <message>
        <source>Natural teacher</source>
        <translation>自然教师模型</translation>
    </message>
    <message>
        <source>Train teachers that are missing</source>
        <translation>缺少教师模型时先训练它们</translation>
    </message>
    <message>
        <source>Start a training</source>
        <translation>开始训练</translation>
    </message>
    <message>
        <source>%1: %2, %3</source>
        <translation>%1：%2，%3</translation>
    </message>
    <message>
        <source> · epoch %1 selected</source>
        <translation> · 选用第 %1 轮</translation>
    </message>
    <message>
        <source> · can be resumed</source>
        <translation> · 可以继续</translation>
    </message>
</context>
<context>
    <name>medlocker::ui::TrainingHistoryView</name>
    <message>
        <source>Other datasets too</source>
        <translation>也显示其他数据集</translation>
    </message>
    <message>
        <source>Resume</source>
        <translation>继续</translation>
    </message>
    <message>
        <source>Open folder</source>
        <translation>打开文件夹</translation>
    </message>
    <message>
        <source>Use in Protect</source>
        <translation>用于保护</translation>
    </message>
    <message>
        <source>Audit</source>
        <translation>审计</translation>
    </message>
    <message>
        <source>Training runs</source>
        <translation>训练记录</translation>
    </message>
    <message>
        <source>Add a trained model</source>
        <translation>添加训练好的模型</translation>
    </message>
</context>
<context>
    <name>medlocker::ui::TrainingRunModel</name>
    <message>
        <source>Running</source>
        <translation>进行中</translation>
    </message>
    <message>
        <source>Done</source>
        <translation>完成</translation>
    </message>
    <message>
        <source>Stopped</source>
        <translation>已停止</translation>
    </message>
    <message>
        <source>Failed</source>
        <translation>失败</translation>
    </message>
    <message>
        <source>Interrupted</source>
        <translation>被中断</translation>
    </message>
    <message>
        <source>Damaged</source>
        <translation>已损坏</translation>
    </message>
    <message>
        <source>%1 of %2</source>
        <translation>%1 / %2</translation>
    </message>
    <message>
        <source>Validation accuracy of the selected epoch</source>
        <translation>所选轮次的验证准确率</translation>
    </message>
    <message>
        <source>Validation accuracy under attack of the selected epoch</source>
        <translation>所选轮次受攻击时的验证准确率</translation>
    </message>
    <message>
        <source>Run</source>
        <translation>运行</translation>
    </message>
    <message>
        <source>Epochs</source>
        <translation>轮数</translation>
    </message>
    <message>
        <source>Accuracy</source>
        <translation>准确率</translation>
    </message>
    <message>
        <source>State</source>
        <translation>状态</translation>
    </message>
    <message>
        <source>Date</source>
        <translation>日期</translation>
    </message>
    <message>
        <source>Method, network</source>
        <translation>方法，网络</translation>
    </message>
    <message>
        <source>Robust</source>
        <translation>鲁棒</translation>
    </message>
</context>
<context>
    <name>medlocker::ui::TrainingView</name>
    <message>
        <source>Loss</source>
        <translation>损失</translation>
    </message>
    <message>
        <source>Validation accuracy</source>
        <translation>验证准确率</translation>
    </message>
    <message>
        <source>Validation accuracy per class</source>
        <translation>各类别验证准确率</translation>
    </message>
    <message>
        <source>Over the epochs</source>
        <translation>随轮次的变化</translation>
    </message>
    <message>
        <source>Loss and accuracy</source>
        <translation>损失与准确率</translation>
    </message>
    <message>
        <source>Classes</source>
        <translation>类别</translation>
    </message>
    <message>
        <source>Figure</source>
        <translation>数值</translation>
    </message>
    <message>
        <source>Figure that is shown over the epochs</source>
        <translation>随轮次显示的数值</translation>
    </message>
    <message>
        <source>Temperatures and schedules</source>
        <translation>温度与调度</translation>
    </message>
    <message>
        <source>Nothing yet</source>
        <translation>暂无</translation>
    </message>
    <message>
        <source>Nothing was validated</source>
        <translation>没有进行验证</translation>
    </message>
    <message>
        <source>Charts of the training</source>
        <translation>训练的图表</translation>
    </message>
</context>
<context>
    <name>medlocker::ui::VerdictModel</name>
    <message>
        <source>File</source>
        <translation>文件</translation>
    </message>
    <message>
        <source>Verdict</source>
        <translation>结论</translation>
    </message>
    <message>
        <source>In plain words</source>
        <translation>通俗说明</translation>
    </message>
</context>
<context>
    <name>medlocker::ui::VerifyPage</name>
    <message>
        <source>The certificate is genuine and was signed with the given key.</source>
        <translation>证书真实，由给定的密钥签名。</translation>
    </message>
    <message>
        <source>The signature holds, but it is not the given key&apos;s: who signed is not known.</source>
        <translation>签名有效，但不是给定密钥的：签名者未知。</translation>
    </message>
    <message>
        <source>There is no signature beside the certificate. Nothing in it can be relied on.</source>
        <translation>证书旁没有签名。其中内容均不可信。</translation>
    </message>
    <message>
        <source>The signature does not fit the certificate: it was changed after signing.</source>
        <translation>签名与证书不符：签名后被改动过。</translation>
    </message>
    <message>
        <source>The certificate cannot be accepted.</source>
        <translation>该证书不能接受。</translation>
    </message>
    <message>
        <source>Verify and unlock</source>
        <translation>验证与解锁</translation>
    </message>
    <message>
        <source>Check a certificate and its files, or get the originals back with a key. Drop a certificate or files here.</source>
        <translation>检查证书及其文件，或用密钥取回原图。可将证书或文件拖到这里。</translation>
    </message>
    <message>
        <source>Verify</source>
        <translation>验证</translation>
    </message>
    <message>
        <source>Certificate</source>
        <translation>证书</translation>
    </message>
    <message>
        <source>Certificate (certificate.json *.json)</source>
        <translation>证书 (certificate.json *.json)</translation>
    </message>
    <message>
        <source>The owner&apos;s public key</source>
        <translation>所有者的公钥</translation>
    </message>
    <message>
        <source>Public keys (*.pub);;All files (*)</source>
        <translation>公钥 (*.pub);;所有文件 (*)</translation>
    </message>
    <message>
        <source>Folders or files to check</source>
        <translation>要检查的文件夹或文件</translation>
    </message>
    <message>
        <source>Public key</source>
        <translation>公钥</translation>
    </message>
    <message>
        <source>Files</source>
        <translation>文件</translation>
    </message>
    <message>
        <source>Verdict on the certificate</source>
        <translation>对证书的结论</translation>
    </message>
    <message>
        <source>Verdict per file</source>
        <translation>各文件的结论</translation>
    </message>
    <message>
        <source>Unlock</source>
        <translation>解锁</translation>
    </message>
    <message>
        <source>Protected folder</source>
        <translation>受保护的文件夹</translation>
    </message>
    <message>
        <source>Grant</source>
        <translation>授权</translation>
    </message>
    <message>
        <source>Grants (*.grant *.json);;All files (*)</source>
        <translation>授权 (*.grant *.json);;所有文件 (*)</translation>
    </message>
    <message>
        <source>Your key</source>
        <translation>您的密钥</translation>
    </message>
    <message>
        <source>Keys (*.key);;All files (*)</source>
        <translation>密钥 (*.key);;所有文件 (*)</translation>
    </message>
    <message>
        <source>Folder for the originals</source>
        <translation>原图的文件夹</translation>
    </message>
    <message>
        <source>empty: you are the owner</source>
        <translation>留空：您是所有者</translation>
    </message>
    <message>
        <source>Protected</source>
        <translation>受保护</translation>
    </message>
    <message>
        <source>Key</source>
        <translation>密钥</translation>
    </message>
    <message>
        <source>Originals to</source>
        <translation>原图存到</translation>
    </message>
    <message>
        <source>Restore the originals</source>
        <translation>还原原图</translation>
    </message>
    <message>
        <source>Result of unlocking</source>
        <translation>解锁结果</translation>
    </message>
    <message>
        <source>Every sample is compared with the original&apos;s hash before a file is written. A file that does not fit exactly is not written, and the reason is given.</source>
        <translation>写出文件之前，每个样本都与原图的哈希核对。不完全吻合的文件不会写出，并给出原因。</translation>
    </message>
    <message>
        <source>Choose the certificate.json of the protected set.</source>
        <translation>请选择受保护数据集的 certificate.json。</translation>
    </message>
    <message>
        <source>Verifying</source>
        <translation>正在验证</translation>
    </message>
    <message>
        <source>Files: %1</source>
        <translation>文件：%1</translation>
    </message>
    <message>
        <source>Choose the folder with the protected images.</source>
        <translation>请选择含受保护图像的文件夹。</translation>
    </message>
    <message>
        <source>Choose owner.key, or the recipient.key that the grant was made for.</source>
        <translation>请选择 owner.key，或授权所针对的 recipient.key。</translation>
    </message>
    <message>
        <source>Choose a new folder.</source>
        <translation>请选择一个新文件夹。</translation>
    </message>
    <message>
        <source>Passphrase of your key</source>
        <translation>您的密钥的口令</translation>
    </message>
    <message>
        <source>Read the key</source>
        <translation>读取密钥</translation>
    </message>
    <message>
        <source>Restoring</source>
        <translation>正在还原</translation>
    </message>
    <message>
        <source>%1 of %2 files restored, every sample identical to the original.</source>
        <translation>%2 个文件中已还原 %1 个，每个样本都与原图一致。</translation>
    </message>
</context>
</TS>
